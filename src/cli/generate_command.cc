#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/generated_truth_json.h"
#include "generate/log_files.h"
#include "generate/log_generator.h"
#include "generate/media_events.h"

namespace tidemark {

namespace {

struct GenerateCommandOptions {
    GenerateOptions lines;
    LogFilesOptions files;
    std::string format = "combined";
    std::string from = "2025-06-01";
    std::string to;
    std::string packing = "none";
    std::string output = "-";
    std::string truth;
    bool ordered = false;
    bool flat = false;
};

constexpr const char* footer =
    "The same options give the same bytes on every machine and with any number of threads.\n"
    "Subjects are the first segment of the path (path:1), in pings the parameter aid; the same\n"
    "sites appear in every format.\n"
    "\n"
    "Examples:\n"
    "  tidemark generate --lines 10000 --output access.log\n"
    "  tidemark generate --format fastly --directory logs --compress gzip --lines 1000000\n"
    "  tidemark generate --bytes 1GB --subjects 5000 --malformed 0 --output big.log\n"
    "  tidemark generate --format edgecast --malformed 0.05 --truth truth.json > hostile.log\n"
    "  tidemark generate --format media_events --lines 2000 > events.ndjson";

constexpr const char* media_events_format = "media_events";

Result<UtcDay> day_of(std::string_view option, const std::string& text) {
    Result<UtcDay> day = UtcDay::parse(text);
    if (!day.has_value()) {
        return with_context(option, std::move(day).error());
    }
    return day;
}

Result<void> fill_days(GenerateCommandOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(options.lines.from, day_of("--from", options.from));
    options.lines.to = options.lines.from.next();
    if (!options.to.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(options.lines.to, day_of("--to", options.to));
    }
    return {};
}

Result<void> write_text_file(const std::string& path, const std::string& text) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    const bool written = file != nullptr && std::fputs(text.c_str(), file) >= 0;
    if (file == nullptr || (std::fclose(file) != 0) || !written) {
        return Error{
            ErrorKind::unavailable,
            fmt::format(
                "write {}: {}", path, std::error_code(errno, std::generic_category()).message())};
    }
    return {};
}

// Standard output, or the one file.
Result<void> write_stream(const GenerateCommandOptions& options,
                          const std::function<Result<void>(const LineSink&)>& write) {
    const bool to_output = options.output == "-";
    std::FILE* file = to_output ? stdout : std::fopen(options.output.c_str(), "wb");
    if (file == nullptr) {
        return Error{ErrorKind::unavailable,
                     fmt::format("write {}: {}",
                                 options.output,
                                 std::error_code(errno, std::generic_category()).message())};
    }
    const std::string name = to_output ? "standard output" : options.output;
    const LineSink sink = sink_to(file, name);
    const auto compressor = Compressor::make(options.files.packing, sink);
    Result<void> outcome =
        write([&compressor](std::string_view block) { return compressor->write(block); });
    if (outcome.has_value()) {
        outcome = compressor->finish();
    }
    const bool closed = (to_output ? std::fflush(file) : std::fclose(file)) == 0;
    if (outcome.has_value() && !closed) {
        return Error{
            ErrorKind::unavailable,
            fmt::format(
                "write {}: {}", name, std::error_code(errno, std::generic_category()).message())};
    }
    return outcome;
}

Result<ExitCode> generate_media_events(const GenerateCommandOptions& options) {
    const MediaEventsOptions media{.seed = options.lines.seed,
                                   .from = options.lines.from,
                                   .to = options.lines.to,
                                   .subjects = options.lines.subjects,
                                   .events = options.lines.lines,
                                   .wrong_share = options.lines.malformed_share};
    TIDEMARK_RETURN_IF_ERROR(write_stream(
        options, [&media](const LineSink& sink) { return write_media_events(media, sink); }));
    return ExitCode::done;
}

Result<void> generate_files(const GenerateCommandOptions& options,
                            const LogGenerator& generator,
                            GeneratedTruth* truth) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GeneratedFile> files,
                              write_log_files(generator, options.files, truth, {}));
    std::uint64_t size_bytes = 0;
    for (const GeneratedFile& file : files) {
        size_bytes += file.size_bytes;
    }
    std::fprintf(stderr,
                 "%zu files, %.1f MB in %s\n",
                 files.size(),
                 static_cast<double>(size_bytes) / 1e6,
                 options.files.directory.c_str());
    return {};
}

Result<ExitCode> run_generate(GenerateCommandOptions options) {
    TIDEMARK_RETURN_IF_ERROR(fill_days(options));
    TIDEMARK_ASSIGN_OR_RETURN(options.files.packing, parse_packing(options.packing));
    if (options.format == media_events_format) {
        return generate_media_events(options);
    }
    TIDEMARK_ASSIGN_OR_RETURN(options.lines.format, parse_generated_format(options.format));
    options.lines.disordered = !options.ordered;
    options.lines.diurnal = !options.flat;
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LogGenerator> generator,
                              LogGenerator::make(options.lines));
    GeneratedTruth truth;
    GeneratedTruth* const wanted = options.truth.empty() ? nullptr : &truth;
    if (options.files.directory.empty()) {
        TIDEMARK_RETURN_IF_ERROR(write_stream(
            options, [&](const LineSink& sink) { return generator->write(sink, wanted); }));
    } else {
        TIDEMARK_RETURN_IF_ERROR(generate_files(options, *generator, wanted));
    }
    if (wanted != nullptr) {
        TIDEMARK_RETURN_IF_ERROR(write_text_file(options.truth, truth_json(*generator, truth)));
    }
    return ExitCode::done;
}

void add_line_options(CLI::App& command, GenerateCommandOptions& options) {
    GenerateOptions& lines = options.lines;
    command.add_option("--format",
                       options.format,
                       "combined, fastly, fastly_text, edgecast, cloudfront, w3c, json, delimited, "
                       "ping, media_events (default combined)");
    command.add_option("--lines", lines.lines, "records to write (default 100000)");
    command.add_option("--bytes", lines.bytes, "instead of --lines: about so many, as in 500MB")
        ->transform(CLI::AsSizeValue(true));
    command.add_option("--from", options.from, "first day (default 2025-06-01)");
    command.add_option("--to", options.to, "day after the last (default: one day)");
    command.add_option("--seed", lines.seed, "another seed, other lines (default 1)");
    command.add_option("--subjects", lines.subjects, "sites or properties (default 300)");
    command.add_option("--skew", lines.subject_skew, "Zipf exponent of subjects (default 1.2)");
    command.add_option("--objects", lines.objects, "media of a subject (default 2000)");
    command.add_option("--malformed", lines.malformed_share, "share of spoilt lines (0.0001)");
    command.add_option("--repeated",
                       lines.repeated_share,
                       "share of equal lines that are distinct requests (0.002)");
    command.add_option(
        "--ahead", lines.ahead_share, "share of clocks up to 8 hours ahead (0.0005)");
    command.add_flag("--ordered", options.ordered, "lines in order of time");
    command.add_flag("--flat", options.flat, "as much by night as in the evening");
    command.add_option("--threads", lines.threads, "threads (default 1)");
}

}  // namespace

void add_generate_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<GenerateCommandOptions>();
    CLI::App* command =
        app.add_subcommand("generate", "write realistic logs, pings or media events from a seed");
    command->footer(footer);
    add_line_options(*command, *options);
    CLI::Option* const output =
        command->add_option("--output", options->output, "the file (default -, standard output)");
    command
        ->add_option("--directory", options->files.directory, "many files into this folder instead")
        ->excludes(output);
    command->add_option("--files-per-day",
                        options->files.files_per_day,
                        "with --directory: a divisor of 48 (default 48)");
    command->add_option("--redelivered",
                        options->files.redelivered_share,
                        "with --directory: share of files that come again, renamed");
    command->add_option("--truncated",
                        options->files.truncated_share,
                        "with --directory: share of files with a cut-off copy beside them");
    command->add_option("--compress", options->packing, "none, gzip or zstd (default none)");
    command->add_option("--truth", options->truth, "write what a reader must find, as JSON");
    command->callback([options, &invocation] {
        invocation.action = [options] { return run_generate(*options); };
    });
}

}  // namespace tidemark
