"""Writes the passwords that are used most, and that are long enough to be taken, as C++.

They are the list that python3-zxcvbn brings (30,000, counted in published leaks; in lower case),
of which those with at least eight characters stay. Usage: make_common_passwords.py FILE
"""

import sys

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's modules, whatever python3 this is

CHARACTERS_MIN = 8  # password_characters_min
PASSWORDS_MIN = 3000  # OWASP ASVS 5.0, 6.2.4


def main():
    try:
        from zxcvbn.frequency_lists import FREQUENCY_LISTS
    except ImportError:
        sys.exit("the list of common passwords is missing: apt-get install python3-zxcvbn")
    words = sorted({word for word in FREQUENCY_LISTS["passwords"] if len(word) >= CHARACTERS_MIN})
    if len(words) < PASSWORDS_MIN:
        sys.exit(f"only {len(words)} common passwords: is this the list of python3-zxcvbn?")
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write('#include "protocol/common_passwords.hpp"\n\nnamespace uod {\n\n')
        out.write('extern const std::string_view common_passwords =\n    "\\n"\n')
        for word in words:
            escaped = word.replace("\\", "\\\\").replace('"', '\\"')
            out.write(f'    "{escaped}\\n"\n')
        out.write("    ;\n\n}  // namespace uod\n")


main()
