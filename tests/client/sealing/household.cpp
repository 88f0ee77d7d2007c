#include "tests/client/sealing/household.hpp"

#include <algorithm>

#include <stdlib.h>

#include <boost/test/unit_test.hpp>

namespace uod::tests {

sealing_device::sealing_device(const person& owner) : owner_(owner) {
  std::string name = (std::filesystem::temp_directory_path() / "uod-sealing-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  directory_ = name;
  file_ = directory_ / "archive.db";
  restart();
  must(keys_->adopt(owner.identity));
}

sealing_device::~sealing_device() {
  keys_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void sealing_device::restart() {
  keys_.reset();
  keys_.emplace(must(client::keyring::open(file_, owner_.account, bytes(32, 'k'))));
}

sealing_server::sealing_server() {
  chat.id = direct_chat_id(alice().account, bob().account);
  for (const auto* each : {&alice(), &bob()}) {
    const auto& key = each->identity.public_half();
    chat.members.push_back(
        {each->account, each == &alice() ? "alice" : "bob", 0, 0, bytes(key.fingerprint().view())});
    identities.emplace(bytes(key.fingerprint().view()), key);
  }
}

void sealing_server::introduce(sealing_device& to) {
  std::vector<member> unknown;
  must(to.keys().check_members(chat, unknown));
  for (const auto& each : unknown) {
    must(to.keys().pin(each.id, each.name, identities.at(each.identity)));
  }
}

message sealing_server::say(sealing_device& from, const std::string& text) {
  introduce(from);
  auto [resumed, before] = must(from.keys().resume_sending(chat, now_ms));
  if (!resumed) {
    auto made = must(from.keys().begin_sending(chat, numbered<epoch_id>(++ids_), now_ms, before));
    records.emplace(made.chat.key.epoch(), made.record);
    resumed = std::move(made.chat);
  }
  message stored;
  stored.id = numbered<message_id>(++ids_);
  stored.chat = chat.id;
  stored.seq = messages.size() + 1;
  stored.sender = from.account();
  stored.sent_at_ms = now_ms;
  stored.content = content_type::sealed;
  stored.body = must(seal_message(resumed->key, stored.id, ++resumed->sealed, text_content{text}));
  ++resumed->acknowledged;
  messages.push_back(stored);
  must(from.keys().finish_sending(*resumed));
  return stored;
}

std::vector<client::opened_message> sealing_server::show(sealing_device& to,
                                                         const std::vector<message>& what) {
  for (const auto& epoch : must(to.keys().lacking(what))) {
    const auto record = records.find(epoch);
    if (record == records.end()) continue;
    const auto maker = to.keys().lacking_maker(chat.id, record->second);
    if (!maker) continue;
    std::optional<identity_public> key;
    if (*maker) {
      const auto found = identities.find(bytes((*maker)->fingerprint.view()));
      if (found != identities.end()) key = found->second;
      if (!must(to.keys().pinned((*maker)->account)) && key) {
        const auto whose = std::ranges::find(chat.members, (*maker)->account, &member::id);
        const bool known = whose != chat.members.end();
        must(to.keys().pin((*maker)->account, known ? whose->name : "somebody", *key));
      }
    }
    static_cast<void>(to.keys().take_record(chat.id, record->second, key));
  }
  return must(to.keys().open_messages(what));
}

std::string text_of(const client::opened_message& it) {
  if (!it.what) return "(" + std::string(code_name(it.trouble->code)) + ")";
  return std::get<text_content>(*it.what).text;
}

}  // namespace uod::tests
