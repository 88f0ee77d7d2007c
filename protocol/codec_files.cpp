#include "protocol/codec_parts.hpp"

/// Files, of both sides: out of the struct, and into it.
namespace uod::codec {

// ---------------------------------------------------------------------------------------------
// Out

void put_body(const begin_file& from, wire::ClientMessage& to) {
  auto* body = to.mutable_begin_file();
  put_id(from.id, body->mutable_id());
  put_id(from.chat, body->mutable_chat());
  body->set_size(from.size);
}

void put_body(const put_file_segment& from, wire::ClientMessage& to) {
  auto* body = to.mutable_put_file_segment();
  put_id(from.id, body->mutable_id());
  body->set_index(from.index);
  body->set_sealed(from.sealed);
}

void put_body(const fetch_file_segment& from, wire::ClientMessage& to) {
  auto* body = to.mutable_fetch_file_segment();
  put_id(from.id, body->mutable_id());
  body->set_index(from.index);
}

void put_body(const file_begun& from, wire::ServerMessage& to) {
  to.mutable_file_begun()->set_segments_held(from.segments_held);
}

void put_body(const file_segment& from, wire::ServerMessage& to) {
  to.mutable_file_segment()->set_sealed(from.sealed);
}

// ---------------------------------------------------------------------------------------------
// In

void take_body(shape& check, wire::BeginFile& from, begin_file& to) {
  check.take_id(from.id(), to.id, "begin_file.id");
  check.take_id(from.chat(), to.chat, "begin_file.chat");
  to.size = from.size();
}

void take_body(shape& check, wire::PutFileSegment& from, put_file_segment& to) {
  check.take_id(from.id(), to.id, "put_file_segment.id");
  to.index = from.index();
  check.take_up_to(from.mutable_sealed(), sealed_segment_octets_max, to.sealed,
                   "put_file_segment.sealed");
}

void take_body(shape& check, wire::FetchFileSegment& from, fetch_file_segment& to) {
  check.take_id(from.id(), to.id, "fetch_file_segment.id");
  to.index = from.index();
}

void take_body(shape&, wire::FileBegun& from, file_begun& to) {
  to.segments_held = from.segments_held();
}

void take_body(shape& check, wire::FileSegment& from, file_segment& to) {
  check.take_up_to(from.mutable_sealed(), sealed_segment_octets_max, to.sealed,
                   "file_segment.sealed");
}

}  // namespace uod::codec
