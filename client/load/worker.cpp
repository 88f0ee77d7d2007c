#include "client/load/worker.hpp"

#include <unistd.h>

#include <charconv>

#include "client/commands/interruption.hpp"
#include "client/load/prepared_run.hpp"

namespace uod::load {
namespace {

using nlohmann::json;

class teller final : public run_watcher {
 public:
  teller(client::asio_runtime& world, terminal::output& out) : world_(world), out_(out) {}

  void on_stage(const std::string& what) override { tell({{"type", "stage"}, {"what", what}}); }
  void on_people_coming() override { tell({{"type", "people"}}); }
  void on_measuring(bool begins) override { tell({{"type", "measuring"}, {"begins", begins}}); }
  void on_print(const std::string& text) override { tell({{"type", "print"}, {"text", text}}); }
  void on_warning(const std::string& text) override { on_print(text); }
  void on_second(const second_row& row) override {
    auto value = to_json_value(row);
    value["type"] = "row";
    tell(value);
  }
  void on_ready(std::function<void(std::uint64_t)> go) override {
    tell({{"type", "ready"}});
    input_ = world_.read_from(STDIN_FILENO, [this, go = std::move(go)](bytes_view piece) {
      // Without an instant whoever started this is gone: the run ends when its time is over.
      line_.append(piece);
      const auto end = line_.find('\n');
      if (end == std::string::npos || began_) return;
      std::uint64_t start_ns = 0;
      std::from_chars(line_.data(), line_.data() + end, start_ns);
      began_ = true;
      go(start_ns);
    });
  }
  void tell(const json& row) { out_.write(line_of(row)); }

 private:
  client::asio_runtime& world_;
  terminal::output& out_;
  std::unique_ptr<client::asio_runtime::input> input_;
  std::string line_;
  bool began_ = false;
};

}  // namespace

outcome<int> run_worker(const run_arguments& asked, const client_config& config,
                        terminal::output& out) {
  client::asio_runtime world;
  auto prepared = prepare_run(asked, config, world.random());
  if (!prepared) return tl::unexpected(prepared.error());
  teller telling(world, out);
  generator players(world, prepared->stories, std::move(prepared->settings), telling);
  const auto edge =
      world.read_from(client::interruption::edge(), [&](bytes_view) { players.interrupt(); });
  auto measured = players.run();
  if (!measured) return tl::unexpected(measured.error());
  auto value = to_json_value(*measured);
  value["type"] = "result";
  telling.tell(value);
  return 0;
}

}  // namespace uod::load
