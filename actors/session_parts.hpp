#pragma once

#include "actors/session.hpp"

/// What the files of the session share among themselves.
namespace uod::session_parts {

using self_pointer = session_actor::stateful_pointer<session_state>;

// session.cpp
void push(self_pointer self, lane in, std::uint32_t request, server_body body);
/// Answers a request and gives its place back to the bridge. A request numbered 0 wants no answer.
void answer(self_pointer self, lane in, std::uint32_t request, server_body body);
void answer_failure(self_pointer self, std::uint32_t request, const error& why);
/// Answers the one page that was on its way, and goes on to the next.
void finish_bulk(self_pointer self, std::uint32_t request, outcome<server_body> result);
/// Hands over what has gathered; at the end of every message.
void flush(self_pointer self);
/// Takes up waiting requests as far as that is possible now.
void proceed(self_pointer self);
bool saturated(self_pointer self);
/// As many rows as were asked for (0: as many as a page may have), within the bound.
std::uint32_t page_rows(self_pointer self, std::uint32_t asked);
const store_reader_actor& reader_of(self_pointer self);
error store_gone();

void submit(self_pointer self, std::uint32_t request, storage::message_change change);
/// Gives back the room that was taken for a change which is not going to be one.
void refuse_change(self_pointer self, std::uint32_t request, const error& why);

// session_rates.cpp
/// Counts a request as what it is; why it is refused where there have been too many of them.
std::optional<error> rate_refusal(self_pointer self, const client_body& body);
/// The same for what a request turns out to be only later.
std::optional<error> rate_refusal(self_pointer self, limited what);

// session_account.cpp
/// Counts wrong credentials and codes: too many on one connection end it.
void note_failure(self_pointer self, const error& why);
void handle(self_pointer self, std::uint32_t request, reset_password& asked);
void handle(self_pointer self, std::uint32_t request, const hello& asked);
void handle(self_pointer self, std::uint32_t request, const get_salt& asked);
void handle(self_pointer self, std::uint32_t request, register_account& asked);
void handle(self_pointer self, std::uint32_t request, log_in& asked);
void handle(self_pointer self, std::uint32_t request, resume& asked);
void handle(self_pointer self, std::uint32_t request, const log_out& asked);

// session_codes.cpp
void handle(self_pointer self, std::uint32_t request, const get_account& asked);
void handle(self_pointer self, std::uint32_t request, const list_devices& asked);
void handle(self_pointer self, std::uint32_t request, const revoke_device& asked);
void handle(self_pointer self, std::uint32_t request, const redeem_premium& asked);
void handle(self_pointer self, std::uint32_t request, const confirm_email& asked);
void handle(self_pointer self, std::uint32_t request, const send_email_code& asked);
void handle(self_pointer self, std::uint32_t request, const change_email& asked);
void handle(self_pointer self, std::uint32_t request, const change_password& asked);
void handle(self_pointer self, std::uint32_t request, const put_identity& asked);
void handle(self_pointer self, std::uint32_t request, const forgot_password& asked);
void handle(self_pointer self, std::uint32_t request, const unlock_account& asked);

// session_sealing.cpp
void handle(self_pointer self, std::uint32_t request, const get_identity& asked);
void handle(self_pointer self, std::uint32_t request, const find_identity& asked);
void handle(self_pointer self, std::uint32_t request, const put_chat_key& asked);
void handle(self_pointer self, std::uint32_t request, const fetch_chat_keys& asked);

// session_files.cpp
void handle(self_pointer self, std::uint32_t request, const begin_file& asked);
void handle(self_pointer self, std::uint32_t request, put_file_segment& asked);
void handle(self_pointer self, std::uint32_t request, const fetch_file_segment& asked);

// session_trace.cpp: only while a trace is armed
void trace_arrivals(self_pointer self, const frames_received& received);
void trace_submitted(self_pointer self);
void trace_refused(self_pointer self, const message_id& message, const error& why);
/// Also marks the newest frame of `pushing`, unless it was left to the store.
void trace_pushed(self_pointer self, const message_id& message, trace_point point);

// session_home.cpp
void handle(self_pointer self, std::uint32_t request, send_broadcast& asked);
void handle(self_pointer self, std::uint32_t request, const fetch_home& asked);
void take_broadcast(self_pointer self, const broadcast_committed& committed);
/// The directory tells this session of broadcasts from now on: goes on from `home_seq`.
void begin_home(self_pointer self);
/// As `resume_feed`.
void resume_home(self_pointer self);

// session_contacts.cpp
void handle(self_pointer self, std::uint32_t request, const search_accounts& asked);
void handle(self_pointer self, std::uint32_t request, const list_contacts& asked);
void handle(self_pointer self, std::uint32_t request, const add_contact& asked);
void handle(self_pointer self, std::uint32_t request, const remove_contact& asked);

// session_chat.cpp
void handle(self_pointer self, std::uint32_t request, const open_chat& asked);
void handle(self_pointer self, std::uint32_t request, const list_chats& asked);
void handle(self_pointer self, std::uint32_t request, send_message& asked);
void handle(self_pointer self, std::uint32_t request, const fetch_history& asked);
void handle(self_pointer self, std::uint32_t request, const mark_chat& asked);
void take_settled(self_pointer self, settled_change& settled);

// session_feed.cpp
void handle(self_pointer self, std::uint32_t request, const subscribe& asked);
void take_commit(self_pointer self, const messages_committed& committed);
/// The client has read what had gathered: goes on where the feed was left.
void resume_feed(self_pointer self);

}  // namespace uod::session_parts
