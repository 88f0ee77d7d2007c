#include <algorithm>
#include <array>

#include "client/load/generator_state.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/sealed_identity.hpp"

/// Before the clock starts: the server is reached, accounts are there, people are logged in.
namespace uod::load {
namespace {

/// Accounts made, and people logged in, at once: as many as keep a server busy, and few enough that
/// none of them waits for longer than a server lets strangers wait.
constexpr std::size_t at_once_max = 64;
constexpr double prepare_s_max = 900;
/// For chats and their first keys, two milliseconds each.
constexpr double settle_s_max = 120;

std::string new_tag(client::runtime& world) {
  constexpr char digits[] = "abcdefghijkmnpqr";  // letters that look like nothing else
  std::string tag;
  for (std::uint64_t random = world.random(); tag.size() < 8; random >>= 4) {
    tag += digits[random & 15];
  }
  return tag;
}

}  // namespace

void generator::state::fail_preparing(const error& why) {
  if (!refused) refused = why;
}

outcome<void> generator::state::prepare() {
  watcher.on_stage("reaching the server");
  if (auto reached = reach(); !reached) return reached;
  watcher.on_stage("opening the accounts");
  std::vector<std::string> warnings;
  auto opened = account_book::open(settings.accounts_dir, fingerprint, warnings);
  for (const auto& each : warnings) watcher.on_warning(each);
  if (!opened) return tl::unexpected(opened.error());
  book.emplace(std::move(*opened));
  auto known = accounts_are_known();
  if (!known) return tl::unexpected(known.error());
  if (!*known) book->accounts().clear();
  if (book->accounts().size() < plan.users) {
    if (auto made = make_accounts(book->accounts().size()); !made) return made;
  }
  if (auto premium = make_premium(); !premium) return premium;
  watcher.on_people_coming();
  if (plan.logged_in_before) {
    if (auto connected = connect_all(); !connected) return connected;
  }
  now = stage::settling;
  begin_stories();
  wait_until([this] { return talks_opening == 0; }, settle_s_max);
  if (broken) return tl::unexpected(*broken);
  if (refused) return tl::unexpected(*refused);
  if (interrupted) return fail(errc::interrupted);
  return {};
}

/// Looks who is there, and what the server takes.
outcome<void> generator::state::reach() {
  virtual_user& scout = users.front();
  dial(scout, nullptr, false);
  const bool there =
      wait_until([&] { return scout.entered(); }, static_cast<double>(settings.timeout_ms) / 1000);
  graves.push_back(scout.take_engine());
  bury_all();
  if (refused) return tl::unexpected(*refused);
  if (interrupted) return fail(errc::interrupted);
  if (there) return {};
  const bool has_reason = last_trouble.code == errc::server_unreachable;
  return fail(errc::server_unreachable,
              has_reason ? last_trouble.detail
                         : to_text(settings.servers.front()) + ": " + to_text(last_trouble));
}

/// Whether the server still has what is kept: one log-in tells.
outcome<bool> generator::state::accounts_are_known() {
  if (book->accounts().empty()) return true;
  virtual_user& scout = users.front();
  dial(scout, &book->accounts().back(), false);
  const bool there =
      wait_until([&] { return scout.entered(); }, static_cast<double>(settings.timeout_ms) / 1000);
  graves.push_back(scout.take_engine());
  bury_all();
  if (there) return true;
  if (refused && (refused->code == errc::not_logged_in || refused->code == errc::account_deleted)) {
    refused.reset();
    watcher.on_warning("the server does not know the kept accounts any more: new ones are made");
    return false;
  }
  if (interrupted) return fail(errc::interrupted);
  return tl::unexpected(refused.value_or(error{errc::timed_out, to_text(last_trouble)}));
}

/// Between two parts of the preparation nobody is connected.
void generator::state::bury_all() {
  const auto gone = std::move(graves);
  graves.clear();
  entered = lost = trying = 0;
}

outcome<void> generator::state::make_accounts(std::size_t from) {
  book->accounts().resize(plan.users);
  next_place = from;
  finished = from;
  const std::string tag = new_tag(world);
  for (std::size_t place = from; place < plan.users; ++place) {
    kept_account& account = book->accounts()[place];
    account.name = "load-" + tag + "-" + std::to_string(place);
    account.identity = static_cast<std::uint32_t>(place);
  }
  while (in_work < at_once_max && next_place < plan.users) make_account(next_place++);
  std::size_t shown = 0;
  const bool all_made = wait_until(
      [&] {
        if (finished / 100 != shown) {
          shown = finished / 100;
          watcher.on_stage("making accounts: " + std::to_string(finished) + " of " +
                           std::to_string(plan.users));
        }
        return finished == plan.users;
      },
      prepare_s_max);
  for (auto& each : users) graves.push_back(each.take_engine());
  bury_all();
  in_work = 0;
  if (!all_made) {
    // Only those whose answer is there are kept.
    std::erase_if(book->accounts(), [](const auto& each) { return each.token.empty(); });
  }
  if (auto saved = book->save(); !saved) return saved;
  if (refused) return tl::unexpected(*refused);
  if (interrupted) return fail(errc::interrupted);
  if (!all_made) return fail(errc::timed_out, "making accounts: " + to_text(last_trouble));
  return {};
}

/// Under a random key: what Argon2 would cost is the client's, and not asked here. The identity is
/// one of the shared ones, sealed under a random key as well: nobody logs in by a password.
void generator::state::make_account(std::size_t place) {
  ++in_work;
  virtual_user& who = users[place];
  dial(who, nullptr, false);
  register_account wanted;
  wanted.id = account_id(who.engine()->make_message_id());
  wanted.name = book->accounts()[place].name;
  wanted.email = wanted.name + "@example.org";
  wanted.salt = random_bytes(salt_octets);
  wanted.argon2 = argon2_weakest;
  wanted.auth_key = random_bytes(auth_key_octets);
  wanted.device = {device_id(who.engine()->make_message_id()), "uod-load"};
  if (place < settings.premium_codes.size()) wanted.premium_code = settings.premium_codes[place];
  const bytes auth_key = wanted.auth_key;
  who.engine()->ask_for<logged_in>(
      std::move(wanted), [this, place, auth_key](const outcome<logged_in>& answered) {
        if (!answered) return fail_preparing(answered.error());
        kept_account& account = book->accounts()[place];
        account.id = answered->account.id;
        account.device = answered->device;
        put_identity putting;
        putting.auth_key = auth_key;
        const auto& identity = book->identity(account.identity);
        putting.public_key = identity.public_half().octets();
        auto sealed = seal_identity(identity, account.id, sealed_by::password,
                                    random_bytes(vault_key_octets));
        if (!sealed) return fail_preparing(sealed.error());
        putting.sealed_by_password = std::move(*sealed);
        users[place].engine()->ask_for<done>(
            std::move(putting), [this, place, token = answered->token](const outcome<done>& put) {
              if (!put) return fail_preparing(put.error());
              book->accounts()[place].token = token;
              ++finished;
              leave(users[place], true, [this] {
                --in_work;
                while (in_work < at_once_max && next_place < plan.users) make_account(next_place++);
              });
            });
      });
}

/// The first accounts redeem a code each, if they are not premium yet.
outcome<void> generator::state::make_premium() {
  const std::size_t wanted = std::min<std::size_t>(settings.premium_codes.size(), plan.users);
  next_place = finished = in_work = 0;
  const bool made = wait_until(
      [&] {
        while (in_work < at_once_max && next_place < wanted) redeem(next_place++);
        return finished == wanted;
      },
      prepare_s_max);
  for (auto& each : users) graves.push_back(each.take_engine());
  bury_all();
  if (refused) return tl::unexpected(*refused);
  if (interrupted) return fail(errc::interrupted);
  if (!made) return fail(errc::timed_out, "redeeming codes: " + to_text(last_trouble));
  return {};
}

void generator::state::redeem(std::size_t place) {
  ++in_work;
  virtual_user& who = users[place];
  dial(who, &book->accounts()[place], false);
  const auto done = [this, &who] {
    ++finished;
    leave(who, true, [this] { --in_work; });
  };
  who.engine()->ask_for<account_shown>(
      get_account{}, [this, &who, place, done](const outcome<account_shown>& shown) {
        if (!shown) return fail_preparing(shown.error());
        if (shown->account.premium) return done();
        who.engine()->ask(redeem_premium{settings.premium_codes[place]},
                          [this, done](const outcome<server_body>& redeemed) {
                            if (!redeemed) return fail_preparing(redeemed.error());
                            done();
                          });
      });
}

outcome<void> generator::state::connect_all() {
  next_place = 0;
  finished = 0;
  std::size_t shown = 0;
  const std::uint64_t from_ns = now_ns();
  const bool connected = wait_until(
      [&] {
        const std::size_t there = entered;
        const double allowed = plan.connect_rate > 0 ? static_cast<double>(now_ns() - from_ns) /
                                                           1e9 * plan.connect_rate
                                                     : static_cast<double>(plan.users);
        while (next_place < plan.users && next_place - there < at_once_max &&
               static_cast<double>(next_place) <= allowed) {
          enter(users[next_place++], true, now_ns());
        }
        if (there / 100 != shown) {
          shown = there / 100;
          watcher.on_stage("logging in: " + std::to_string(there) + " of " +
                           std::to_string(plan.users));
        }
        if (plan.connect_rate > 0 && !connect_timer && next_place < plan.users) {
          connect_timer = world.after(1, [this] { connect_timer.reset(); });
        }
        return there == plan.users;
      },
      prepare_s_max);
  connect_timer.reset();
  if (refused) return tl::unexpected(*refused);
  if (interrupted) return fail(errc::interrupted);
  if (!connected) return fail(errc::timed_out, "logging in: " + to_text(last_trouble));
  return {};
}

}  // namespace uod::load
