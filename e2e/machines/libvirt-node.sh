#!/bin/sh
# libvirt on a node of the laboratory, of packages that are only unpacked ($1); it listens for the other nodes.
set -e
. "$(dirname "$0")/../agents/libvirt.sh"
mkdir /run/packages
lay "$1" /run/packages
start_libvirt /var/log/libvirtd.log
echo >/run/packages/ready
wait
