#pragma once

#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "client/engine/engine.hpp"
#include "protocol/segments.hpp"

namespace uod::client {

/// In which lane a request travels: log-ins before chat, pages after it.
lane lane_of(const client_body& body);

/// Whether this kind of answer belongs to this request (a `failure` always does).
bool is_answer(const client_body& asked, const server_body& answered);

/// Whether this refusal says that what a repeated request was to take away is gone: then it was
/// done the first time and only the answer was lost. Who asks for the first time is told that
/// there is none. A server keeps no list of what is gone; the client knows that it asks again.
bool is_done_already(const client_body& asked, errc refusal);

/// Overwrites keys, tokens and codes in a request before its memory is given back.
void wipe_secrets(client_body& body);

/// A request that was made and not answered yet.
struct request {
  client_body body;
  answer<server_body> then;  ///< empty where nobody waits any more
  std::size_t cost_bytes = 0;
  bool is_mark = false;   ///< the engine's own; a stop waits for it
  bool repeated = false;  ///< left on an earlier connection, which was lost before its answer
};

/// All requests that are not answered yet, in the order they were made. Those that were sent are
/// kept until their answer comes, so that the next connection can send them again. Pure.
class requests {
 public:
  /// `bytes_max` bounds what is kept, in memory and in the answer: `overloaded`.
  explicit requests(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  ~requests();
  requests(const requests&) = delete;
  requests& operator=(const requests&) = delete;

  /// Error: `overloaded` when there is no room now, `too_large` when there never will be. On an
  /// error `made` is left as it was.
  outcome<void> add(request&& made);

  /// The first request that this connection has not sent, or null.
  [[nodiscard]] const request* next() const;
  /// `next` is sent under this id.
  void note_sent(std::uint32_t id);
  /// `next` can never be sent: takes it out.
  request take_next();

  /// A request that was sent on this connection, or null.
  [[nodiscard]] const request* find(std::uint32_t id) const;
  /// Takes out one that `find` finds.
  request take(std::uint32_t id);

  /// Nothing that was sent counts as sent any more; sent again it is `repeated`.
  void connection_lost();

  /// Takes out all that wait, but for marks where they are to be kept. What was sent stays, with
  /// nobody waiting for it, so that its answer is still known for one.
  std::vector<request> give_up(bool keep_marks);

  [[nodiscard]] std::size_t size() const { return kept_.size(); }
  [[nodiscard]] std::size_t in_flight() const { return sent_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  using place = std::list<request>::iterator;
  request take_out(place at);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::list<request> kept_;
  place unsent_ = kept_.end();
  std::unordered_map<std::uint32_t, place> sent_;
};

}  // namespace uod::client
