#pragma once
// Certificate: a server's certificate and the authority that signed it, made for a test.

#include <string>

#include "support/temporary_directory.h"

namespace tidemark::test {

// Whether the program that makes them is installed; tests that need it skip and say so.
bool openssl_is_installed();

// Valid from now for two days. The files go with the object.
class Certificate {
 public:
    // For the server whom clients know by `names`: "IP:127.0.0.1,DNS:localhost".
    explicit Certificate(const std::string& names);

    [[nodiscard]] std::string authority_file() const { return path("authority.pem"); }
    [[nodiscard]] std::string certificate_file() const { return path("server.pem"); }
    [[nodiscard]] std::string key_file() const { return path("server.key"); }

 private:
    [[nodiscard]] std::string path(const char* name) const {
        return (folder_.path() / name).string();
    }

    TemporaryDirectory folder_;
};

}  // namespace tidemark::test
