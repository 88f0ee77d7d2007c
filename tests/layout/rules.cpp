#include "tests/layout/rules.hpp"

namespace uod::layout {
namespace {

// clang-format off

const std::vector<direction> directions = {
    // folder       may include, beside itself
    {"protocol/",  {}},
    {"config/",    {"protocol/"}},
    {"storage/",   {"protocol/bytes", "protocol/errors", "protocol/ids", "protocol/messages",
                    "protocol/names",  // ids, types and errors; nothing of the wire
                    "config/descriptor"}},
    {"actors/",    {"protocol/", "storage/", "config/"}},
    {"server/",    {"protocol/", "storage/", "config/", "actors/"}},
    {"client/",    {"protocol/", "config/",
                    "storage/local_archive"}},  // what a client keeps on its own disk
    {"tests/",     {"protocol/", "storage/", "config/", "actors/", "server/", "client/"}},
};

const std::vector<door> doors = {
    // library      its headers                               who may include them
    {"Protobuf",   {"google/protobuf/", "messenger.pb.h"},   {"protocol/codec"}},
    {"OpenSSL",    {"openssl/"},                             {"protocol/tls_", "protocol/crypto",
                                                              "protocol/ids.cpp", "protocol/password.cpp"}},
    {"libsodium",  {"sodium.h", "sodium/"},                  {"protocol/password.cpp"}},
    {"ICU",        {"unicode/"},                             {"protocol/names.cpp", "client/terminal/"}},
    {"SQLite",     {"SQLiteCpp/", "sqlite3.h"},              {"storage/"}},
    {"libqrencode", {"qrencode.h"},                          {"client/terminal/qr_code.cpp"}},
    {"MaxMind DB", {"maxminddb"},                            {"actors/places"}},
    {"CAF",        {"caf/"},                                 {"actors/", "server/"}},
    {"Asio",       {"boost/asio"},                           {"actors/bridge/asio", "server/",
                                                              "client/engine/asio"}},
    {"Beast",      {"boost/beast"},                          {"server/metrics/http_endpoint.cpp"}},
    {"Prometheus", {"prometheus/"},                          {"server/metrics/"}},
    {"Poco",       {"Poco/"},                                {"actors/mail/composer.cpp",
                                                              "actors/mail/smtp_"}},
    {"toml++",     {"toml++/"},                              {"config/"}},
    {"CLI11",      {"CLI/"},                                 {"client/", "server/"}},
    {"spdlog",     {"spdlog/"},                              {"server/"}},
    {"libsecret",  {"libsecret/", "gio/", "glib"},           {"client/state/secret_service.cpp"}},
    {"Lua",        {"lua"},                                  {"client/load/story_"}},
    {"nlohmann",   {"nlohmann/"},                            {"client/", "server/"}},
};

// In two halves, so that this table does not hold them itself.
const std::vector<banned_word> banned = {
    {"TO" "DO",    "unfinished: finish it, or write an issue"},
    {"FIX" "ME",   "unfinished: finish it, or write an issue"},
    {"XX" "X:",    "unfinished: finish it, or write an issue"},
    {"/wo" "rk/",  "a path of one machine"},
    {"/ho" "me/",  "a path of one machine"},
};

const std::vector<std::string_view> documented = {"protocol/", "storage/", "actors/", "config/"};

// clang-format on

}  // namespace

const rule_book& rules() {
  static const rule_book book = {directions, doors, banned, documented};
  return book;
}

}  // namespace uod::layout
