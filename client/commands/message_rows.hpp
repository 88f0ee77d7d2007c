#pragma once

#include "client/commands/context.hpp"
#include "client/sealing/keyring.hpp"

namespace uod::client {

/// Where a message stands, beside what it says.
struct message_frame {
  std::string chat;
  std::string from;
  std::string to;
  std::string cursor;
};

/// Says that messages of a chat, which counts without gaps, have not come between these two. False
/// when a row did not go out.
bool show_hole(context& with, const std::string& chat, std::uint64_t after_seq,
               std::uint64_t before_seq);

/// A message as it is shown; and before it what of its sender has not come, if it shows here. False
/// when a row did not go out.
bool show_message(context& with, const opened_message& it, const message_frame& frame);

}  // namespace uod::client
