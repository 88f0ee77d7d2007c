#include <gio/gio.h>
#include <libsecret/secret.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "client/state/secret_store.hpp"

/// The door to libsecret, and to GLib under it. Of libsecret only those calls are used that show
/// no dialogue: it would unlock a keyring by asking for its password, and a script would hang.
namespace uod::client {
namespace {

constexpr const char* bus_variable = "DBUS_SESSION_BUS_ADDRESS";
constexpr const char* service_name = "org.freedesktop.secrets";
constexpr const char* no_prompt = "/";  ///< the path of a prompt that is not needed

constexpr const char* application = "uod";
const SecretSchema schema = {"org.uod.Messenger.Token",
                             SECRET_SCHEMA_NONE,
                             {{"application", SECRET_SCHEMA_ATTRIBUTE_STRING},
                              {"profile", SECRET_SCHEMA_ATTRIBUTE_STRING},
                              {"account", SECRET_SCHEMA_ATTRIBUTE_STRING},
                              {"device", SECRET_SCHEMA_ATTRIBUTE_STRING},
                              {nullptr, SECRET_SCHEMA_ATTRIBUTE_STRING}},
                             0,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr,
                             nullptr};

template <auto free>
struct freed_with {
  template <class T>
  void operator()(T* thing) const {
    free(thing);
  }
};
template <class T>
using object = std::unique_ptr<T, freed_with<g_object_unref>>;
using variant = std::unique_ptr<GVariant, freed_with<g_variant_unref>>;
using attributes = std::unique_ptr<GHashTable, freed_with<g_hash_table_unref>>;
using secret_value = std::unique_ptr<SecretValue, freed_with<secret_value_unref>>;
using item = object<SecretItem>;

/// Cancels what runs when its time is over: GLib's own bound is 25 s a call.
class time_limit {
 public:
  time_limit() : cancellable_(g_cancellable_new()) {
    watch_ = std::jthread([this](const std::stop_token& over) {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, over, std::chrono::milliseconds(secret_service_ms_max),
                      [] { return false; });
      if (!over.stop_requested()) g_cancellable_cancel(cancellable_.get());
    });
  }
  [[nodiscard]] GCancellable* get() const { return cancellable_.get(); }
  [[nodiscard]] bool passed() const { return g_cancellable_is_cancelled(get()) != FALSE; }

 private:
  object<GCancellable> cancellable_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread watch_;  // last, so that it ends first
};

/// Where GLib puts what went wrong.
class problem {
 public:
  problem() = default;
  problem(const problem&) = delete;
  problem& operator=(const problem&) = delete;
  ~problem() { g_clear_error(&error_); }
  /// For the next call.
  GError** out() {
    g_clear_error(&error_);
    return &error_;
  }
  explicit operator bool() const { return error_ != nullptr; }
  [[nodiscard]] std::string text() const {
    if (error_ == nullptr) return "it gave no reason";
    g_dbus_error_strip_remote_error(error_);
    return error_->message;
  }

 private:
  GError* error_ = nullptr;
};

tl::unexpected<error> none_here(const std::string& why) {
  return fail(errc::io_failed, "this session has no secret service (" + why + ")");
}

tl::unexpected<error> locked() {
  return fail(errc::io_failed, "the keyring is locked, and only its owner can unlock it");
}

/// D-Bus carries UTF-8 only; a directory's name may be anything.
outcome<void> check_texts(const secret_key& key) {
  for (const auto* text : {&key.profile, &key.account, &key.device, &key.label}) {
    if (!g_utf8_validate(text->data(), static_cast<gssize>(text->size()), nullptr))
      return fail(errc::io_failed, "the secret service takes no name that is not UTF-8");
  }
  return {};
}

/// Of a profile, or with `whole` of one device.
attributes attributes_of(const secret_key& key, bool whole) {
  attributes made(g_hash_table_new_full(g_str_hash, g_str_equal, nullptr, g_free));
  const auto put = [&](const char* name, const char* value) {
    // The table does not own its names, which are literals.
    g_hash_table_insert(made.get(), const_cast<char*>(name), g_strdup(value));  // NOLINT
  };
  put("application", application);
  put("profile", key.profile.c_str());
  if (whole) {
    put("account", key.account.c_str());
    put("device", key.device.c_str());
  }
  return made;
}

std::string device_of(const item& one) {
  const attributes all(secret_item_get_attributes(one.get()));
  const auto* device = static_cast<const char*>(g_hash_table_lookup(all.get(), "device"));
  return device == nullptr ? "" : device;
}

/// One call to the service: its bound, its connection, and what comes in on that beside the
/// answers. Nothing of it outlives the call, so that a program that runs for days gathers nothing.
class visit {
 public:
  visit() : context_(g_main_context_new()) { g_main_context_push_thread_default(context_.get()); }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;
  ~visit();

  /// Whether somebody offers the service, asked from the bus only.
  outcome<void> look();
  outcome<void> open();

  outcome<object<SecretCollection>> default_keyring();
  outcome<std::vector<item>> search(const secret_key& key, bool whole, SecretSearchFlags how);
  outcome<bytes> content(const item& one);
  outcome<void> create(SecretCollection* keyring, const secret_key& key, bytes_view secret);
  outcome<void> remove(const item& one);

  [[nodiscard]] bool is_late() const { return limit_.passed(); }

 private:
  outcome<void> unlock(GDBusProxy* what);
  [[nodiscard]] tl::unexpected<error> failed(const std::string& doing, const problem& why) const;

  std::unique_ptr<GMainContext, freed_with<g_main_context_unref>> context_;
  time_limit limit_;
  object<GDBusConnection> bus_;
  object<SecretService> service_;
};

visit::~visit() {
  service_.reset();
  // What waits there holds the connection: signals, and the ends of calls that were cancelled.
  while (g_main_context_iteration(context_.get(), FALSE)) continue;
  g_main_context_pop_thread_default(context_.get());
}

tl::unexpected<error> visit::failed(const std::string& doing, const problem& why) const {
  if (!is_late())
    return fail(errc::io_failed, "the secret service failed at " + doing + " (" + why.text() + ")");
  return fail(errc::io_failed, "the secret service did not answer within " +
                                   std::to_string(secret_service_ms_max / 1000) + " s");
}

/// Over a connection of its own, which says hello within our bound: GLib's way of doing that does
/// not heed it.
outcome<void> visit::look() {
  // Without it GLib would look for a bus elsewhere, and start one in the end.
  const char* address = std::getenv(bus_variable);
  if (address == nullptr || *address == '\0')
    return none_here(std::string(bus_variable) + " is not set");
  problem why;
  const object<GDBusConnection> bus(g_dbus_connection_new_for_address_sync(
      address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, nullptr, limit_.get(), why.out()));
  if (!bus && is_late()) return failed("the session bus", why);
  if (!bus) return none_here("no session bus at " + std::string(address) + ": " + why.text());
  const auto ask = [&](const char* method, GVariant* given, const char* answer) {
    return variant(g_dbus_connection_call_sync(
        bus.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
        given, G_VARIANT_TYPE(answer), G_DBUS_CALL_FLAGS_NONE, -1, limit_.get(), why.out()));
  };
  const auto hello = ask("Hello", nullptr, "(s)");
  const auto owned =
      hello ? ask("NameHasOwner", g_variant_new("(s)", service_name), "(b)") : nullptr;
  const auto startable = owned ? ask("ListActivatableNames", nullptr, "(as)") : nullptr;
  if (!startable) return failed("the session bus", why);
  gboolean runs = FALSE;
  g_variant_get(owned.get(), "(b)", &runs);
  const variant list(g_variant_get_child_value(startable.get(), 0));
  const std::unique_ptr<const char*, freed_with<g_free>> names(
      g_variant_get_strv(list.get(), nullptr));
  if (runs != FALSE || g_strv_contains(names.get(), service_name) != FALSE) return {};
  return none_here(std::string("nothing on its bus offers ") + service_name);
}

outcome<void> visit::open() {
  if (auto offered = look(); !offered) return offered;
  problem why;
  bus_.reset(g_bus_get_sync(G_BUS_TYPE_SESSION, limit_.get(), why.out()));
  if (!bus_) return failed("the session bus", why);
  // Else GLib ends the process when the bus goes.
  g_dbus_connection_set_exit_on_close(bus_.get(), FALSE);
  // With a session, in which secrets are encrypted on the bus.
  service_.reset(secret_service_open_sync(SECRET_TYPE_SERVICE, service_name,
                                          SECRET_SERVICE_OPEN_SESSION, limit_.get(), why.out()));
  if (!service_) return failed("its start", why);
  return {};
}

/// Some keyrings open without a person, because another one holds their password. Any other
/// answers with a dialogue that it would show: that is dismissed.
outcome<void> visit::unlock(GDBusProxy* what) {
  const char* path = g_dbus_proxy_get_object_path(what);
  problem why;
  const variant answer(g_dbus_proxy_call_sync(G_DBUS_PROXY(service_.get()), "Unlock",
                                              g_variant_new("(@ao)", g_variant_new_objv(&path, 1)),
                                              G_DBUS_CALL_FLAGS_NONE, -1, limit_.get(), why.out()));
  if (!answer) return failed("unlocking", why);
  const char* prompt = no_prompt;
  g_variant_get(answer.get(), "(@ao&o)", nullptr, &prompt);
  if (std::string_view(prompt) == no_prompt) return {};
  const variant dismissed(g_dbus_connection_call_sync(
      bus_.get(), service_name, prompt, "org.freedesktop.Secret.Prompt", "Dismiss", nullptr,
      nullptr, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, limit_.get(), nullptr));
  return locked();
}

outcome<object<SecretCollection>> visit::default_keyring() {
  problem why;
  object<SecretCollection> keyring(secret_collection_for_alias_sync(
      service_.get(), SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, limit_.get(), why.out()));
  if (!keyring && (why || is_late())) return failed("its default keyring", why);
  if (!keyring) return fail(errc::io_failed, "the secret service has no default keyring yet");
  if (secret_collection_get_locked(keyring.get())) {
    if (auto open = unlock(G_DBUS_PROXY(keyring.get())); !open) return tl::unexpected(open.error());
  }
  return keyring;
}

outcome<void> visit::create(SecretCollection* keyring, const secret_key& key, bytes_view secret) {
  // Its own copy is in memory that is never swapped out, and is wiped with it.
  const secret_value value(
      secret_value_new(secret.data(), static_cast<gssize>(secret.size()), "text/plain"));
  problem why;
  const item made(secret_item_create_sync(keyring, &schema, attributes_of(key, true).get(),
                                          key.label.c_str(), value.get(),
                                          SECRET_ITEM_CREATE_REPLACE, limit_.get(), why.out()));
  if (!made) return failed("keeping it", why);
  return {};
}

outcome<std::vector<item>> visit::search(const secret_key& key, bool whole, SecretSearchFlags how) {
  problem why;
  GList* list = secret_service_search_sync(service_.get(), &schema, attributes_of(key, whole).get(),
                                           how, limit_.get(), why.out());
  std::vector<item> found;
  for (const GList* each = list; each != nullptr; each = each->next)
    found.emplace_back(static_cast<SecretItem*>(each->data));
  g_list_free(list);
  if (why || is_late()) return failed("looking for it", why);
  return found;
}

outcome<bytes> visit::content(const item& one) {
  if (secret_item_get_locked(one.get())) {
    if (auto open = unlock(G_DBUS_PROXY(one.get())); !open) return tl::unexpected(open.error());
  }
  problem why;
  if (!secret_item_load_secret_sync(one.get(), limit_.get(), why.out()))
    return failed("reading it", why);
  const secret_value value(secret_item_get_secret(one.get()));
  if (!value) return locked();
  gsize size = 0;
  const char* octets = secret_value_get(value.get(), &size);
  return bytes(octets, size);
}

outcome<void> visit::remove(const item& one) {
  if (secret_item_get_locked(one.get())) {
    if (auto open = unlock(G_DBUS_PROXY(one.get())); !open) return open;
  }
  problem why;
  if (!secret_item_delete_sync(one.get(), limit_.get(), why.out()))
    return failed("removing it", why);
  return {};
}

class secret_service final : public secret_store {
 public:
  bool available() override {
    if (given_up_) return true;
    // A bus that does not answer is a fault, to be told when something is to be kept.
    return visiting([](visit& now) { return now.look(); }).has_value() || given_up_;
  }

  outcome<void> keep(const secret_key& key, bytes_view secret) override {
    if (auto good = check_texts(key); !good) return good;
    return visiting([&](visit& now) -> outcome<void> {
      if (auto opened = now.open(); !opened) return opened;
      const auto keyring = now.default_keyring();
      if (!keyring) return tl::unexpected(keyring.error());
      return now.create(keyring->get(), key, secret);
    });
  }

  outcome<std::optional<bytes>> find(const secret_key& key) override {
    if (auto good = check_texts(key); !good) return tl::unexpected(good.error());
    return visiting([&](visit& now) -> outcome<std::optional<bytes>> {
      if (auto opened = now.open(); !opened) return tl::unexpected(opened.error());
      const auto found = now.search(key, true, SECRET_SEARCH_NONE);
      if (!found) return tl::unexpected(found.error());
      if (found->empty()) return std::nullopt;
      return now.content(found->front());
    });
  }

  outcome<void> forget_others(const secret_key& key) override {
    if (auto good = check_texts(key); !good) return good;
    return visiting([&](visit& now) -> outcome<void> {
      if (auto opened = now.open(); !opened) return opened;
      const auto found = now.search(key, false, SECRET_SEARCH_ALL);
      if (!found) return tl::unexpected(found.error());
      for (const auto& one : *found) {
        if (!key.device.empty() && device_of(one) == key.device) continue;
        if (auto removed = now.remove(one); !removed) return removed;
      }
      return {};
    });
  }

 private:
  /// Remembers when it was too late, so that a program waits once.
  template <class What>
  std::invoke_result_t<What, visit&> visiting(What what) {
    if (given_up_) return tl::unexpected(*given_up_);
    visit now;
    auto result = what(now);
    if (!result && now.is_late()) given_up_ = result.error();
    return result;
  }

  std::optional<error> given_up_;
};

}  // namespace

std::unique_ptr<secret_store> make_secret_service() { return std::make_unique<secret_service>(); }

}  // namespace uod::client
