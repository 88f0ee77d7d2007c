#include "client/load/virtual_user.hpp"

namespace uod::load {

void virtual_user::enter(client::runtime& world, const std::vector<client::endpoint>& servers,
                         const kept_account* account, bool listen) {
  client::engine_options options;
  options.servers = servers;
  options.program = "uod-load";
  options.backlog_bytes_max = backlog_bytes_max;
  engine_ = std::make_unique<client::engine>(std::move(options), world, *this);
  entered_ = lost_ = false;
  listens_ = listen;
  ever_listened_ = ever_listened_ || listen;
  if (account != nullptr) engine_->use({account->id, account->device, account->token});
  if (listen) engine_->subscribe(position_, home_position_);
  engine_->start();
}

std::unique_ptr<client::engine> virtual_user::take_engine() {
  if (engine_) {
    if (const auto at = engine_->position()) position_ = at;
    if (const auto at = engine_->home_position()) home_position_ = at;
  }
  entered_ = lost_ = listens_ = false;
  return std::move(engine_);
}

void virtual_user::on_connection(client::connection_state state, const client::endpoint&) {
  if (state == client::connection_state::reconnecting) {
    // Told also when the first connection fails: then there was none to lose.
    if (!entered_ || lost_) return;
    lost_ = true;
    return owner_.on_lost(*this);
  }
  const bool again = entered_;
  entered_ = true;
  lost_ = false;
  owner_.on_entered(*this, again);
}

}  // namespace uod::load
