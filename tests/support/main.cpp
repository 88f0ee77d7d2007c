#define BOOST_TEST_MODULE uod
#include <boost/test/unit_test.hpp>
