#pragma once

#include <memory>

#include "client/terminal/output.hpp"
#include "client/terminal/rows.hpp"

namespace uod::terminal {

/// Shows rows, each as it comes. True when the whole row has gone out: `listen` moves its cursor
/// only then. What a way of showing has no place for counts as shown.
class renderer {
 public:
  virtual ~renderer() = default;
  virtual bool show(const account_row&) = 0;
  virtual bool show(const device_row&) = 0;
  virtual bool show(const account_found_row&) = 0;
  virtual bool show(const contact_row&) = 0;
  virtual bool show(const chat_row&) = 0;
  virtual bool show(const message_row&) = 0;
  virtual bool show(const gap_row&) = 0;
  virtual bool show(const safety_number_row&) = 0;
  virtual bool show(const recovery_code_row&) = 0;
  virtual bool show(const sent_row&) = 0;
  virtual bool show(const saved_row&) = 0;
  virtual bool show(const broadcast_row&) = 0;
  virtual bool show(const broadcast_sent_row&) = 0;
  virtual bool show(const receipt_row&) = 0;
  virtual bool show(const presence_row&) = 0;
  virtual bool show(const connection_row&) = 0;
  /// The failure that ends the program.
  virtual bool show(const error& failure) = 0;
};

/// JSON Lines, a contract with scripts. Only ASCII, so that nothing in it can reach a terminal's
/// or an editor's controls; what is no UTF-8 becomes U+FFFD. `to` must outlive it.
std::unique_ptr<renderer> make_json_renderer(output& to);

/// Lines for people. Failures, connections and what was sent are messages, not data, and are
/// said on stderr by others: nothing is shown for them here. `to` must outlive it.
std::unique_ptr<renderer> make_text_renderer(output& to, bool color);

}  // namespace uod::terminal
