#include "tests/actors/household.hpp"

#include <unistd.h>

#include <atomic>

#include "actors/file_store.hpp"
#include "actors/metered.hpp"

namespace uod::tests {
namespace {

std::filesystem::path fresh_directory() {
  static std::atomic<int> count{0};
  auto path = std::filesystem::temp_directory_path() /
              ("uod-actors-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  std::filesystem::create_directories(path);
  return path;
}

std::shared_ptr<storage::store> open_store(const std::filesystem::path& directory) {
  auto opened = storage::open_sqlite(
      {.file = directory / "uod.db", .durable = storage::durability::process_crash});
  return std::move(opened.value());
}

}  // namespace

household::household(server_config config)
    : directory_(fresh_directory()),
      store(open_store(directory_)),
      system(settings_),
      scheduler{dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())},
      node(compose_node(
          system, config,
          node_equipment{store, bytes(32, 's'), paper_mail(post), nullptr, directory_ / "files"},
          clock, counters, store_threads::none)) {
  run();
}

household::~household() {
  for (const auto& guest : guests) caf::anon_send_exit(guest, caf::exit_reason::kill);
  dismiss(*node, {});
  run();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void household::pass(std::uint64_t span_ms) {
  clock.now_ms += span_ms;
  scheduler.inner.advance_time(std::chrono::milliseconds(span_ms));
  run();
}

void household::restart_files(bool in_order) {
  if (in_order) caf::anon_send(node->file_store, finish_commits{});
  run();
  caf::anon_send_exit(node->file_store, caf::exit_reason::kill);
  run();
  node->file_store = system.spawn(file_store, node, store, files());
  run();
}

household::visitor household::connect(const std::string& host) {
  visitor made;
  made.out = std::make_shared<paper_outlet>();
  made.session = spawn_metered(system, counters.actor(actor_kind::session), session, node,
                               session_link{made.out, host + ":4711", host, ++connections});
  guests.push_back(caf::actor_cast<caf::actor>(made.session));
  run();
  return made;
}

std::uint32_t household::ask(visitor& who, client_body body) {
  const auto request = ++who.last_request;
  ask_all(who, {client_message{request, std::move(body)}});
  return request;
}

void household::ask_all(visitor& who, std::vector<client_message> messages) {
  who.frames_sent += static_cast<std::uint32_t>(messages.size());
  caf::anon_send(who.session, frames_received{std::move(messages)});
  run();
}

household::visitor household::greet(const std::string& host) {
  visitor made = connect(host);
  ask(made, hello{"test"});
  return made;
}

std::uint32_t household::log_in_as(visitor& who, const std::string& name, bool right,
                                   const std::string& device) {
  return ask(who, log_in_of(name, right, device));
}

log_in household::log_in_of(const std::string& name, bool right, const std::string& device) {
  return {.name = name,
          .auth_key = bytes(auth_key_octets, right ? name[0] : '?'),
          .device = {device_id(numbered(++ids)), device}};
}

std::vector<mail::letter> household::letters(const std::string& name,
                                             const std::string& subject_part) const {
  auto found = post->to(name + "@example.org");
  std::erase_if(found, [&](const mail::letter& each) {
    return each.subject.find(subject_part) == std::string::npos;
  });
  return found;
}

household::visitor household::arrive(const std::string& name, const std::string& premium_code) {
  visitor made = greet();
  ask(made, register_account{.id = account_id(numbered(++ids)),
                             .name = name,
                             .email = name + "@example.org",
                             .salt = bytes(salt_octets, 'n'),
                             .argon2 = argon2_default,
                             .auth_key = bytes(auth_key_octets, name[0]),
                             .device = {device_id(numbered(++ids)), "phone"},
                             .premium_code = premium_code});
  return made;
}

chat_id household::chat_of(visitor& who, const std::string& other) {
  return who.out->answer<chat_opened>(ask(who, open_chat{other}))->chat.id;
}

std::uint32_t household::say(visitor& who, const chat_id& chat, const std::string& text) {
  return ask(who, send_message{message_id(numbered(++ids)), chat, content_type::text, text});
}

}  // namespace uod::tests
