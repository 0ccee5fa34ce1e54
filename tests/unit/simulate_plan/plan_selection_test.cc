#include "simulate/plan/plan_selection.h"

#include "plan_text.h"
#include "simulate/plan/shipped_plans.h"

namespace tidemark::simulate {
namespace {

std::vector<std::string> writers_of(const PlanSource& source) {
    const Result<Plan> plan = parse_plan(source);
    EXPECT_TRUE(plan.has_value()) << plan.error().message << "\n" << source.text;
    std::vector<std::string> names;
    for (const Writer& writer : plan.has_value() ? plan->writers : std::vector<Writer>()) {
        names.push_back(writer.name);
    }
    return names;
}

TEST(SelectFromPlan, keeps_the_writers_of_the_services_and_sets_their_runs) {
    const Result<PlanSource> selected = select_from_plan(
        usage_service_plan(), {.services = {"aggregations", "media_library"}, .runs_per_hour = 4});
    ASSERT_TRUE(selected.has_value()) << selected.error().message;
    EXPECT_EQ(
        writers_of(*selected),
        (std::vector<std::string>{
            "media_bytes_stored", "media_media_count", "cdn_fastly", "cdn_edgecast", "ping"}));
    const Plan plan = parse_plan(*selected).value();
    EXPECT_EQ(plan.find_writer("ping")->every, std::chrono::minutes(15));
    EXPECT_EQ(plan.find_writer("media_bytes_stored")->every, std::chrono::seconds(30));
    // What is left is what it was.
    EXPECT_EQ(plan.target.schema, parse_plan(usage_service_plan())->target.schema);
    EXPECT_EQ(selected->text.substr(0, selected->text.find('\n')),
              "# usage_service.toml, services aggregations, media_library, 4 runs an hour");
}

TEST(SelectFromPlan, changes_nothing_when_nothing_is_chosen) {
    const Result<PlanSource> selected = select_from_plan(usage_service_plan(), {});
    ASSERT_TRUE(selected.has_value());
    EXPECT_EQ(selected->text, usage_service_plan().text);
}

TEST(SelectFromPlan, drops_the_faults_and_the_ageing_of_writers_that_are_not_chosen) {
    const std::string writer =
        "[[writer]]\nkind = 'stream'\nevery = '1s'\nstatement = 'select :site_id'\n";
    const PlanSource source{
        .file = "p.toml",
        .text = "[pool.site_id]\ncount = 5\n" + writer + "name = 'a'\nservice = 'one'\n" + writer +
                "name = 'b'\nservice = 'two'\n"
                "[[fault]]\nkind = 'kill'\nat = '1m'\nwriter = 'a'\n"
                "[[fault]]\nkind = 'kill'\nat = '2m'\nwriter = 'b'\n"
                "[[prefill]]\npool = 'site_id'\ndays = 1\nageing_writer = 'a'\nageing_rounds = 3\n"
                "statement = 'copy t (a) from stdin values (:site_id)'\n",
        .read_file = test::files_of({})};
    const Result<PlanSource> selected = select_from_plan(source, {.services = {"two"}});
    ASSERT_TRUE(selected.has_value()) << selected.error().message;
    EXPECT_EQ(writers_of(*selected), std::vector<std::string>{"b"});
    const Plan plan = parse_plan(*selected).value();
    ASSERT_EQ(plan.faults.size(), 1U);
    EXPECT_EQ(plan.faults[0].writer, "b");
    EXPECT_EQ(plan.prefills.at(0).ageing_rounds, 0);
}

TEST(SelectFromPlan, names_what_there_is_not) {
    const Result<PlanSource> unknown =
        select_from_plan(usage_service_plan(), {.services = {"aggregation"}});
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().message,
              "usage_service.toml: no writer has service 'aggregation' (did you mean "
              "'aggregations'?); there are aggregations, compaction, media_library, reports");
    const Result<PlanSource> without =
        select_from_plan(usage_service_plan(), {.services = {"media_library"}, .runs_per_hour = 2});
    ASSERT_FALSE(without.has_value());
    EXPECT_EQ(without.error().message,
              "usage_service.toml: none of these writers has runs_per_hour, so it cannot be set; "
              "their own `every` or `cron` says how often they run");
}

}  // namespace
}  // namespace tidemark::simulate
