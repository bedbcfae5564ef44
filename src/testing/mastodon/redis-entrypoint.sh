#!/bin/sh
# The usual image lets everybody in who reaches it, unless a password is set; Debian's Redis would refuse other hosts.
case "${1:-redis-server}" in
-*) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then set -- "$@" --protected-mode no; fi
exec "$@"
