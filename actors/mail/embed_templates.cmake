# Writes the .txt and .html files of DIRECTORY into OUTPUT as C++, so that the program needs no
# file of its own at run time.
#   cmake -DDIRECTORY=… -DOUTPUT=… -P embed_templates.cmake
file(GLOB files "${DIRECTORY}/*.txt" "${DIRECTORY}/*.html")
list(SORT files)

set(code "// Generated from config/mail by embed_templates.cmake.\n")
string(APPEND code "#include \"actors/mail/template_files.hpp\"\n\n")
string(APPEND code "namespace uod::mail {\n\n")
string(APPEND code "const std::vector<template_file>& embedded_template_files() {\n")
string(APPEND code "  static const std::vector<template_file> all = {\n")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text)
  string(APPEND code "      {\"${name}\", \"built-in ${name}\", R\"mail(${text})mail\"},\n")
endforeach()
string(APPEND code "  };\n  return all;\n}\n\n}  // namespace uod::mail\n")
file(WRITE "${OUTPUT}" "${code}")
