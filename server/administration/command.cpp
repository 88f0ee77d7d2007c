#include "server/administration/command.hpp"

#include <nlohmann/json.hpp>
#include <optional>

namespace uod::administration {
namespace {

using nlohmann::ordered_json;

/// Takes the arguments out of an object; each must be there, of its type, and nothing else.
class argument_reader {
 public:
  explicit argument_reader(const ordered_json& from) : from_(from) {}

  void operator()(const char* key, std::string& value) {
    if (const auto* found = find(key); found != nullptr && found->is_string()) {
      value = found->get<std::string>();
      ++taken_;
    }
  }
  void operator()(const char* key, std::uint64_t& value) {
    if (const auto* found = find(key); found != nullptr && found->is_number_unsigned()) {
      value = found->get<std::uint64_t>();
      ++taken_;
    }
  }
  void operator()(const char* key, bool& value) {
    if (const auto* found = find(key); found != nullptr && found->is_boolean()) {
      value = found->get<bool>();
      ++taken_;
    }
  }
  [[nodiscard]] bool took(std::size_t all) const { return taken_ == all && from_.size() == all; }

 private:
  const ordered_json* find(const char* key) const {
    const auto found = from_.find(key);
    return found == from_.end() ? nullptr : &*found;
  }

  const ordered_json& from_;
  std::size_t taken_ = 0;
};

template <class Command>
std::optional<command> read(const ordered_json& arguments) {
  Command wanted;
  std::size_t all = 0;
  wanted.fields([&](const char*, auto&) { ++all; });
  argument_reader reader(arguments);
  wanted.fields(reader);
  if (!reader.took(all)) return std::nullopt;
  return wanted;
}

/// Tries the commands of a variant in turn; nothing when none has this name.
template <class... Commands>
outcome<command> read_named(const std::string& name, const ordered_json& arguments,
                            const std::variant<Commands...>*) {
  std::optional<command> found;
  const bool known = ((name == Commands::name && (found = read<Commands>(arguments), true)) || ...);
  if (!known) return fail(errc::malformed, "there is no such command");
  if (!found) return fail(errc::malformed, "these are not the arguments of " + name);
  return *found;
}

}  // namespace

std::string_view name_of(const command& what) {
  return std::visit([](const auto& one) { return one.name; }, what);
}

std::string to_line(const command& what) {
  ordered_json arguments = ordered_json::object();
  std::visit(
      [&](auto one) {
        one.fields([&](const char* key, const auto& value) { arguments[key] = value; });
      },
      what);
  const ordered_json line{{"command", name_of(what)}, {"arguments", std::move(arguments)}};
  return line.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

outcome<command> command_from_line(std::string_view line) {
  const auto object = ordered_json::parse(line, nullptr, false);
  if (!object.is_object() || object.size() != 2) {
    return fail(errc::malformed, "a request is an object of command and arguments");
  }
  const auto name = object.find("command");
  const auto arguments = object.find("arguments");
  if (name == object.end() || !name->is_string() || arguments == object.end() ||
      !arguments->is_object()) {
    return fail(errc::malformed, "a request is an object of command and arguments");
  }
  return read_named(name->get<std::string>(), *arguments, static_cast<const command*>(nullptr));
}

}  // namespace uod::administration
