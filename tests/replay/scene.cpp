#include "tests/replay/scene.hpp"

#include "protocol/password.hpp"
#include "tests/process/must.hpp"

namespace uod::replaying {
namespace {

using process::raw_client;

/// Above all that `raw_client` counts by itself, so that its answer cannot be taken for another.
constexpr std::uint32_t captured_request = 1'000'000;

std::string random_name() {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string name = "replay";
  for (const char octet : random_bytes(6)) {
    name += digits[static_cast<std::uint8_t>(octet) >> 4];
    name += digits[static_cast<std::uint8_t>(octet) & 15];
  }
  return name;
}

send_message text_to(const chat_id& chat, const std::string& text) {
  return {process::new_message_id(), chat, content_type::text, text};
}

}  // namespace

scene::scene(std::uint16_t port)
    : port_(port), bob_(random_name()), carol_(random_name()), alice_(new raw_client(port)) {
  const auto alice = random_name();
  account_ = alice_->registers(alice);
  raw_client bob(port);
  bob.registers(bob_);
  raw_client(port).registers(carol_);
  chat_ = alice_->ask_for<chat_opened>(open_chat{bob_}).chat.id;
  notes_ = alice_->ask_for<chat_opened>(open_chat{alice}).chat.id;
  for (const char* text : {"one", "two"}) bob.ask_for<message_sent>(text_to(chat_, text));
}

captured scene::capture(subject what) {
  const auto body = [&]() -> client_body {
    switch (what) {
      case subject::message:
        return text_to(chat_, "once");
      case subject::contact:
        return add_contact{bob_};
      case subject::mark:
        return mark_chat{.chat = chat_, .delivered_seq = 2, .read_seq = 1};
    }
    process::give_up("no such subject");
  }();
  captured taken;
  taken.request = captured_request;
  taken.segments = alice_->segments_of({captured_request, body});
  taken.frame = alice_->last_frame();
  const std::size_t before = alice_->transmitted().size();
  process::must(alice_->write(taken.segments), "the server has closed the link");
  taken.ciphertext = alice_->transmitted().substr(before);
  taken.whole_history = alice_->transmitted();
  const auto answer = alice_->answer_to(captured_request);
  if (const auto* refused = std::get_if<failure>(&answer))
    process::give_up(to_text(refused->reason));
  // Carried out again, the addition would undo this.
  if (what == subject::contact) alice_->ask_for<done>(remove_contact{bob_});
  return taken;
}

std::unique_ptr<raw_client> scene::alice_again() const {
  auto again = std::make_unique<raw_client>(port_);
  again->resumes(account_);
  return again;
}

standing scene::look(raw_client& over) const {
  const auto noted = over.ask_for<message_sent>(text_to(notes_, "a note"));
  over.ask_for<done>(mark_chat{notes_, noted.seq, noted.seq});
  over.ask_for<contact_added>(add_contact{carol_});
  standing now;
  now.messages = over.ask_for<history>(fetch_history{.chat = chat_}).messages;
  for (const auto& each : over.ask_for<contacts_listed>(list_contacts{}).contacts) {
    now.contacts.push_back(each.name);
  }
  now.chats = over.ask_for<chats_listed>(list_chats{}).chats;
  std::erase_if(now.chats, [&](const chat_info& each) { return each.id != chat_; });
  return now;
}

}  // namespace uod::replaying
