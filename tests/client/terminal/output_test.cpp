#include "client/terminal/output.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>

#include "client/terminal/prompt.hpp"

using namespace uod;
using namespace uod::terminal;

namespace {

struct pipe_ends {
  int read_end = -1;
  int write_end = -1;

  pipe_ends() {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    read_end = ends[0];
    write_end = ends[1];
  }
  ~pipe_ends() {
    close_reader();
    close_writer();
  }
  void close_reader() {
    if (read_end >= 0) ::close(read_end);
    read_end = -1;
  }
  void close_writer() {
    if (write_end >= 0) ::close(write_end);
    write_end = -1;
  }
  void put(std::string_view text) const {
    BOOST_REQUIRE(::write(write_end, text.data(), text.size()) ==
                  static_cast<ssize_t>(text.size()));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(outputs)

BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_closes_the_output_quietly) {
  ::signal(SIGPIPE, SIG_IGN);
  pipe_ends pipe;
  descriptor_output out(pipe.write_end);
  BOOST_TEST(out.write("hello\n"));
  pipe.close_reader();
  BOOST_TEST(!out.write("hello\n"));
  BOOST_TEST(out.closed());
}

BOOST_AUTO_TEST_CASE(more_than_a_pipe_holds_arrives_whole_in_either_mode) {
  for (const int flags : {0, O_NONBLOCK}) {
    pipe_ends pipe;
    ::fcntl(pipe.write_end, F_SETFL, flags);
    const std::string sent(300'000, 'x');
    std::string received;
    std::thread reader([&] {
      char piece[1000];
      for (ssize_t n = 0; (n = ::read(pipe.read_end, piece, sizeof piece)) > 0;)
        received.append(piece, static_cast<std::size_t>(n));
    });
    BOOST_TEST(descriptor_output(pipe.write_end).write(sent));
    pipe.close_writer();
    reader.join();
    BOOST_TEST((received == sent));
  }
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_a_reader_that_does_not_read) {
  pipe_ends pipe;
  pipe_ends interrupt;
  interrupt.put("!");
  descriptor_output out(pipe.write_end, interrupt.read_end);
  BOOST_TEST(out.write("what fits is still said"));
  BOOST_TEST(!out.write(std::string(1'000'000, 'x')));
  BOOST_TEST(out.closed());
}

BOOST_AUTO_TEST_CASE(a_password_is_the_first_line_and_no_more_is_taken) {
  pipe_ends pipe;
  pipe.put("correct horse\r\nnext\n");
  BOOST_TEST(read_secret_line(pipe.read_end, -1).value() == "correct horse");
  BOOST_TEST(read_secret_line(pipe.read_end, -1).value() == "next");
  pipe.put(" no end ");
  pipe.close_writer();
  BOOST_TEST(read_secret_line(pipe.read_end, -1).value() == " no end ");
  BOOST_TEST((read_secret_line(pipe.read_end, -1).error().code == errc::input_needed));
}

BOOST_AUTO_TEST_CASE(a_password_without_an_end_is_refused) {
  pipe_ends pipe;
  pipe.put(std::string(5'000, 'x'));
  BOOST_TEST((read_secret_line(pipe.read_end, -1).error().code == errc::too_large));
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_a_password) {
  pipe_ends pipe;
  pipe_ends interrupt;
  interrupt.put("!");
  const auto line = read_secret_line(pipe.read_end, interrupt.read_end);
  BOOST_TEST((line.error().code == errc::interrupted));
}

BOOST_AUTO_TEST_CASE(colour_is_for_terminals_that_nobody_forbade) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(terminal >= 0);
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "xterm", 1);
  BOOST_TEST(wants_color(terminal, false));
  BOOST_TEST(!wants_color(terminal, true));
  ::setenv("NO_COLOR", "1", 1);
  BOOST_TEST(!wants_color(terminal, false));
  BOOST_TEST(can_animate(terminal));
  ::setenv("NO_COLOR", "", 1);
  BOOST_TEST(wants_color(terminal, false));
  ::setenv("TERM", "dumb", 1);
  BOOST_TEST(!wants_color(terminal, false));
  BOOST_TEST(!can_animate(terminal));
  ::close(terminal);
  const pipe_ends pipe;
  ::setenv("TERM", "xterm", 1);
  BOOST_TEST(!wants_color(pipe.write_end, false));
}

BOOST_AUTO_TEST_SUITE_END()
