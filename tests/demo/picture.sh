#!/usr/bin/env bash
# Makes the README's picture of what the demo prints:
#   ./dev demo | tests/demo/picture.sh > demo.svg
set -euo pipefail

awk '
  # From the first line that tells of the two; what the build says before is not part of it.
  /^A server starts/ { begun = 1 }
  begun { lines[++count] = $0 }
  function escaped(text) {
    gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
    return text
  }
  function class_of(text) {
    if (text ~ /^alice> /) return "alice"
    if (text ~ /^bob> /) return "bob"
    if (text ~ /^(server> |       )/) return "said"
    return "told"
  }
  END {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"%d\" ", 40 + 18 * count
    print "font-family=\"ui-monospace, DejaVu Sans Mono, Menlo, monospace\" font-size=\"13\">"
    print "<style>.told{fill:#8b949e}.alice{fill:#7ee787}.bob{fill:#79c0ff}.said{fill:#e6edf3}</style>"
    print "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>"
    for (row = 1; row <= count; ++row) {
      printf "<text x=\"20\" y=\"%d\" class=\"%s\" xml:space=\"preserve\">%s</text>\n",
             18 + 18 * row, class_of(lines[row]), escaped(lines[row])
    }
    print "</svg>"
  }'
