# Deletes from a virtual environment what no process of repo_stats loads: `sh slim.sh FOLDER`.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
cd "$packages"
# pip and its helpers: nothing is installed into a finished image.
rm -rf pip pip-* setuptools setuptools-* pkg_resources _distutils_hack distutils-precedence.pth
# Tests of other packages. `numpy.testing` is none: pandas imports it.
find . -type d -name tests -prune -exec rm -rf {} +
# What compilers and debuggers read.
rm -rf pyarrow/include
find . \( -name '*.map' -o -name '*.pyx' -o -name '*.pxi' -o -name '*.pxd' -o -name '*.h' \) -delete
# Arrow's network protocol. Its other libraries are linked with each other.
rm -f pyarrow/libarrow_flight* pyarrow/_flight*
