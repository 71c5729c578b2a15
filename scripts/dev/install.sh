# `./dev install`: what packaging/install.sh does, of this checkout as it is now.

install_product() {
  local word
  for word in "$@"; do
    [[ $word != --help && $word != -h ]] || { sed -n '2,/^set/s/^# \{0,1\}//p' packaging/install.sh && return; }
  done
  setup
  run packaging/install.sh "$@"
}
