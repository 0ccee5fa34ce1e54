#include "dashboard/dashboard.h"

#include <string>

#include <gtest/gtest.h>

#include "dashboard/assets.h"

namespace tidemark {
namespace {

http::RequestHead head_of(const char* target, const char* method = "GET") {
    http::RequestHead head{.id = "test", .method = method, .target = {}, .fields = {}, .peer = {}};
    head.target = http::parse_target(target).value();
    return head;
}

std::string field(const http::Response& response, const char* name) {
    return std::string(response.fields.find(name).value_or(""));
}

// The first asset whose path ends so.
const Asset& asset(std::string_view ending) {
    for (const Asset& each : dashboard_assets()) {
        if (each.path.ends_with(ending)) {
            return each;
        }
    }
    ADD_FAILURE() << "no asset ends with " << ending;
    return dashboard_assets().front();
}

TEST(Dashboard, answers_its_page_where_its_links_lead_to) {
    for (const char* target : {"/", "/usage", "/usage?dataset=cdn&from=2026-11-01"}) {
        const auto response = find_dashboard_file(head_of(target));
        ASSERT_TRUE(response.has_value()) << target;
        EXPECT_EQ(response->status, 200);
        EXPECT_EQ(response->body, asset("/index.html").bytes);
        EXPECT_EQ(field(*response, "Content-Type"), "text/html; charset=utf-8");
        EXPECT_EQ(field(*response, "Cache-Control"), "no-cache");
    }
}

TEST(Dashboard, leaves_other_paths_and_methods_to_others) {
    for (const char* target : {"/v1/usage", "/usage/more", "/assets", "/assets/none.js"}) {
        EXPECT_FALSE(find_dashboard_file(head_of(target)).has_value()) << target;
    }
    EXPECT_FALSE(find_dashboard_file(head_of("/", "POST")).has_value());
}

TEST(Dashboard, lets_the_page_load_and_run_nothing_but_its_own) {
    const auto response = find_dashboard_file(head_of("/"));
    const std::string policy = field(*response, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none';")) << policy;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
    EXPECT_EQ(response->body.find("http"), std::string::npos);
    // Nothing within the page itself that the policy would have to allow.
    EXPECT_EQ(response->body.find("<style"), std::string::npos);
    EXPECT_EQ(response->body.find("style="), std::string::npos);
}

TEST(Dashboard, names_files_by_their_content_and_lets_them_be_kept) {
    for (const char* ending : {".js", ".css", ".svg"}) {
        const Asset& file = asset(ending);
        const std::string path(file.path);
        EXPECT_TRUE(path.starts_with("/assets/")) << path;
        const auto response = find_dashboard_file(head_of(path.c_str()));
        ASSERT_TRUE(response.has_value()) << path;
        EXPECT_EQ(response->body, file.bytes);
        EXPECT_NE(field(*response, "Cache-Control").find("immutable"), std::string::npos);
        EXPECT_NE(asset("/index.html").bytes.find(path), std::string_view::npos) << path;
    }
}

TEST(Dashboard, is_packed_for_those_who_take_it_so) {
    http::RequestHead head = head_of("/");
    head.fields.set("Accept-Encoding", "gzip, deflate, br");
    const auto packed = find_dashboard_file(head);
    EXPECT_EQ(field(*packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(packed->body, asset("/index.html").gzip);
    for (const char* accepted : {"br", "gzip;q=0", ""}) {
        head.fields.set("Accept-Encoding", accepted);
        EXPECT_EQ(field(*find_dashboard_file(head), "Content-Encoding"), "") << accepted;
    }
}

TEST(Dashboard, is_answered_304_to_those_who_have_it) {
    http::RequestHead head = head_of("/");
    const std::string tag = field(*find_dashboard_file(head), "ETag");
    head.fields.set("If-None-Match", tag);
    const auto response = find_dashboard_file(head);
    EXPECT_EQ(response->status, 304);
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(field(*response, "ETag"), tag);
}

}  // namespace
}  // namespace tidemark
