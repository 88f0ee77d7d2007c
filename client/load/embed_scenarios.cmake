# Writes the .lua files of DIRECTORY into OUTPUT as C++, so that the program needs no file of its
# own at run time.
#   cmake -DDIRECTORY=… -DOUTPUT=… -P embed_scenarios.cmake
file(GLOB files "${DIRECTORY}/*.lua")
list(SORT files)

set(code "// Generated from client/load/scenarios by embed_scenarios.cmake.\n")
string(APPEND code "#include \"client/load/shipped.hpp\"\n\n")
string(APPEND code "namespace uod::load {\n\n")
string(APPEND code "const std::vector<shipped_scenario>& shipped_scenarios() {\n")
string(APPEND code "  static const std::vector<shipped_scenario> all = {\n")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(APPEND code "      {\"${name}\", R\"scenario(${text})scenario\"},\n")
endforeach()
string(APPEND code "  };\n  return all;\n}\n\n}  // namespace uod::load\n")
file(WRITE "${OUTPUT}" "${code}")
