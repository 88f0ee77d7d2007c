#pragma once

#include <memory>

#include "protocol/tls_link.hpp"

namespace uod::client {

/// What a connection needs of whom it trusts. Connections of one thread that trust alike share
/// one while any of them lives: making it takes half a millisecond and some 20 kB, which one client
/// does not notice and a crowd in one process does. Not shared where an authority's file is read,
/// since that may have changed. Errors: those of `tls_context::client`.
outcome<std::shared_ptr<const tls_context>> trusted_context(const tls_trust& trust);

}  // namespace uod::client
