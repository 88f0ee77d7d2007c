#include "client/commands/sealed_sender.hpp"

#include <algorithm>
#include <iterator>

namespace uod::client {

outcome<void> sealed_sender::prepare() {
  if (auto met = meet(talk_, keys_, chat_); !met) return met;
  auto resumed = keys_.resume_sending(chat_, talk_.world().unix_ms());
  if (!resumed) return tl::unexpected(resumed.error());
  if (resumed->chat) {
    const auto& key = resumed->chat->key;
    const auto known = talk_.ask<chat_keys>(fetch_chat_keys{chat_.id, {key.epoch()}});
    if (!known) {
      static_cast<void>(keys_.finish_sending(*resumed->chat));
      return tl::unexpected(known.error());
    }
    if (!known->records.empty()) {
      current_ = std::make_shared<sealing_chat>(std::move(*resumed->chat));
      return {};
    }
    // A server that came back from an older backup has lost it: nobody new could open what is
    // sealed with it.
    resumed->before = {key.epoch(), resumed->chat->acknowledged};
  }
  auto begun = begin(resumed->before);
  // A server that refuses a key must not get at an end that nobody names.
  if (!begun) static_cast<void>(keys_.leave_end(resumed->before));
  return begun;
}

outcome<void> sealed_sender::begin(const epoch_end& before) {
  outcome<keyring::new_sending> made = fail(errc::internal);
  const epoch_id epoch(talk_.talk().make_message_id());
  talk_.aside([&] { made = keys_.begin_sending(chat_, epoch, talk_.world().unix_ms(), before); });
  if (!made) return tl::unexpected(made.error());
  const auto stored = talk_.ask<done>(put_chat_key{made->record});
  if (!stored) return tl::unexpected(stored.error());
  current_ = std::make_shared<sealing_chat>(std::move(made->chat));
  return {};
}

void sealed_sender::send(const message_id& id, content what, answer<message_sent> then) {
  const auto before = under_way_.find(id);
  if (before != under_way_.end()) {
    refused_for_now_.reset();
    return send_sealed(id, before->second.octets, std::move(then));
  }
  waiting_.push_back({id, std::move(what), std::move(then)});
  advance();
}

void sealed_sender::advance() {
  if (over_ || at_work_ || renewing_ || waiting_.empty()) return;
  if (failure_) return refuse_waiting(*failure_);
  if (refused_for_now_) return refuse_waiting(*refused_for_now_);

  const auto now_ms = talk_.world().unix_ms();
  if (!is_given_up_ && !is_used_up(current_->made_at_ms, current_->sealed, now_ms)) {
    return seal_waiting();
  }
  // The new key says how many were sealed under this one: all that is under way is waited for, so
  // that it is known.
  if (under_way_.empty()) renew();
}

void sealed_sender::refuse_waiting(const error& why) {
  const auto refused = std::make_shared<std::deque<unsealed>>(std::exchange(waiting_, {}));
  const auto tell = [this, refused, why] {
    for (const auto& each : *refused) each.then(tl::unexpected(why));
    advance();
  };
  aside([] {}, tell);
}

void sealed_sender::renew() {
  const auto made = std::make_shared<outcome<keyring::new_sending>>(fail(errc::internal));
  const epoch_id epoch(talk_.talk().make_message_id());
  const auto now_ms = talk_.world().unix_ms();
  const epoch_end before{current_->key.epoch(), current_->acknowledged};
  aside([this, made, epoch, now_ms,
         before] { *made = keys_.begin_sending(chat_, epoch, now_ms, before); },
        [this, made] { take_new(std::move(*made)); });
}

void sealed_sender::take_new(outcome<keyring::new_sending> made) {
  if (!made) {
    failure_ = made.error();
    return advance();
  }
  renewing_ = true;
  const auto coming = std::make_shared<sealing_chat>(std::move(made->chat));
  talk_.talk().ask_for<done>(put_chat_key{made->record},
                             [weak = weak_from_this(), coming](const outcome<done>& stored) {
                               const auto self = weak.lock();
                               if (!self) return;
                               self->renewing_ = false;
                               if (stored) {
                                 self->current_ = coming;
                                 self->is_given_up_ = false;
                               } else {
                                 self->failure_ = stored.error();
                               }
                               self->advance();
                             });
}

/// What waited, and what became of it.
struct sealed_sender::batch {
  std::vector<unsealed> messages;
  std::vector<outcome<sealed_body>> sealed;
  bool is_key_good = true;
};

void sealed_sender::seal_waiting() {
  const std::size_t left = messages_per_epoch_max - current_->sealed;
  const auto count = static_cast<std::ptrdiff_t>(std::min({waiting_.size(), waiting_max, left}));
  const auto taken = std::make_shared<batch>();
  taken->messages.assign(std::make_move_iterator(waiting_.begin()),
                         std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  aside(
      [this, taken, chat = current_] {
        const auto gone = keys_.is_given_up(chat->key);
        taken->is_key_good = gone && !*gone;
        if (!taken->is_key_good) return;
        for (const auto& each : taken->messages) {
          const std::uint32_t counter = chat->sealed + 1;
          auto body = seal_message(chat->key, each.id, counter, each.what);
          if (!body) {
            taken->sealed.emplace_back(tl::unexpected(body.error()));
            continue;
          }
          chat->sealed = counter;
          taken->sealed.emplace_back(sealed_body{std::move(*body), counter});
        }
      },
      [this, taken] {
        if (!taken->is_key_good) {
          // Another program has another key of somebody's confirmed meanwhile.
          is_given_up_ = true;
          waiting_.insert(waiting_.begin(), std::make_move_iterator(taken->messages.begin()),
                          std::make_move_iterator(taken->messages.end()));
          return advance();
        }
        for (std::size_t at = 0; at < taken->messages.size(); ++at) {
          auto& each = taken->messages[at];
          const auto& sealed = taken->sealed[at];
          if (!sealed) {
            each.then(tl::unexpected(sealed.error()));
            continue;
          }
          under_way_.emplace(each.id, *sealed);
          send_sealed(each.id, sealed->octets, std::move(each.then));
        }
        advance();
      });
}

void sealed_sender::send_sealed(const message_id& id, const bytes& body,
                                answer<message_sent> then) {
  talk_.talk().send_sealed(
      chat_.id, body,
      [weak = weak_from_this(), id, then = std::move(then)](const outcome<message_sent>& sent) {
        if (const auto self = weak.lock()) self->settle(id, sent);
        then(sent);
      },
      id);
}

void sealed_sender::settle(const message_id& id, const outcome<message_sent>& sent) {
  if (!sent && sent.error().code == errc::rate_limited) {
    // It comes again, as it is. What waits behind it is refused likewise, as the server would:
    // whoever sends may wait until everything is answered, and a new key waits for this.
    refused_for_now_ = sent.error();
  } else if (const auto settled = under_way_.extract(id); settled && sent) {
    current_->acknowledged = std::max(current_->acknowledged, settled.mapped().counter);
  }
  advance();
}

void sealed_sender::aside(std::function<void()> work, std::function<void()> after) {
  at_work_ = true;
  talk_.world().run_aside([self = shared_from_this(), work = std::move(work)] { work(); },
                          [self = shared_from_this(), after = std::move(after)] {
                            self->at_work_ = false;
                            if (!self->over_) after();
                          });
}

outcome<void> sealed_sender::finish() {
  over_ = true;
  talk_.world().run_until([this] { return !at_work_; });
  return current_ ? keys_.finish_sending(*current_) : outcome<void>{};
}

}  // namespace uod::client
