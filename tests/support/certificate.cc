#include "support/certificate.h"

#include <filesystem>
#include <vector>

#include "base/check.h"
#include "support/process.h"

namespace tidemark::test {

namespace {

constexpr const char* program = "/usr/bin/openssl";

// A key on a curve, which takes no time to find, and a certificate of it.
void make(const std::string& key, const std::string& certificate, std::vector<std::string> rest) {
    std::vector<std::string> command = {program,
                                        "req",
                                        "-x509",
                                        "-newkey",
                                        "ec",
                                        "-pkeyopt",
                                        "ec_paramgen_curve:prime256v1",
                                        "-nodes",
                                        "-days",
                                        "2",
                                        "-keyout",
                                        key,
                                        "-out",
                                        certificate};
    command.insert(command.end(), rest.begin(), rest.end());
    const ProcessEnd end = run_process({.command = std::move(command)});
    TIDEMARK_CHECK(end.exit_code == 0);
}

}  // namespace

bool openssl_is_installed() {
    return std::filesystem::exists(program);
}

Certificate::Certificate(const std::string& names) {
    make(path("authority.key"), authority_file(), {"-subj", "/CN=an authority of a test"});
    make(key_file(),
         certificate_file(),
         {"-subj",
          "/CN=a server of a test",
          "-CA",
          authority_file(),
          "-CAkey",
          path("authority.key"),
          "-addext",
          "subjectAltName=" + names,
          "-addext",
          "basicConstraints=critical,CA:FALSE"});
}

}  // namespace tidemark::test
