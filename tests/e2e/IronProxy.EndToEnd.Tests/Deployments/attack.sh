#!/usr/bin/env bash
# Runs inside a workload and tries to get out, around the proxy. One line for each attempt: 'closed NAME' or 'OPEN NAME: what'.
# Needs bash, curl, dig and the environment:
#
#   OUTSIDE    an address beyond the proxy where TCP 80, 443, 8443 and UDP 53, 443 answer
#   GATEWAY    the host's address as workloads could see it, with a service on TCP 8022
#   DENIED     a host that the policy does not allow
#   CA_KEY     where the CA's key is for the proxy
#   CANARIES   real secrets, separated by blanks
set -uo pipefail

report() {
    if [ -n "$2" ]; then
        echo "OPEN $1: $2"
    else
        echo "closed $1"
    fi
}

# Connects, and says so.
tcp() {
    timeout 3 bash -c "exec 3<> /dev/tcp/$1/$2" 2> /dev/null && echo "connected to $1 port $2"
}

# Sends a datagram, and says when one comes back. bash reads a byte at a time, and the rest of a datagram is lost with it.
udp() {
    timeout 3 bash -c "exec 3<> /dev/udp/$1/$2 && printf probe >&3 && IFS= read -r -n 1 -t 2 answer <&3 && echo \"answer from $1 port $2\"" 2> /dev/null
}

# Asks a server for a name, and says when there is an answer of any kind.
dns() {
    dig "@$1" "${@:2}" +time=2 +tries=1 +short outside.example > /dev/null 2>&1 && echo "$1 answers"
}

for port in 80 443 8443; do
    report "tcp-$port" "$(tcp "$OUTSIDE" "$port")"
done
report udp-443 "$(udp "$OUTSIDE" 443)"
report dns-udp "$(dns "$OUTSIDE" || udp "$OUTSIDE" 53)"
report dns-tcp "$(tcp "$OUTSIDE" 53)"
report ipv6-tcp "$(tcp 2001:db8::10 443)"
report ipv6-address "$(grep -v ' lo$' /proc/net/if_inet6 2> /dev/null)"
report metadata "$(tcp 169.254.169.254 80)"
report host "$(tcp "$GATEWAY" 8022)"
report ping "$(timeout 3 ping -c 1 -W 2 "$OUTSIDE" 2> /dev/null | grep 'bytes from')"
report bypass-variables "$(env -u http_proxy -u https_proxy NO_PROXY='*' curl -sS -m 3 -o /dev/null -w '%{http_code}' "http://$OUTSIDE/" 2> /dev/null | grep -v '^000$')"
report pinned-address "$(curl -sSk -m 3 -o /dev/null -w '%{http_code}' --connect-to "::$OUTSIDE:443" "https://$DENIED/" 2> /dev/null | grep -v '^000$')"
report denied-host "$(curl -sSk -m 5 -o /dev/null -w '%{http_code}' "https://$DENIED/" 2> /dev/null | grep -v '^403$')"
report host-header "$(curl -sS -m 5 -o /dev/null -w '%{http_code}' -H "Host: $OUTSIDE" "http://$DENIED/" 2> /dev/null | grep -v '^403$')"
report ca-key "$(find / -xdev -name "$(basename "$CA_KEY")" -readable 2> /dev/null; [ -r "$CA_KEY" ] && echo "$CA_KEY")"
for canary in $CANARIES; do
    # The canaries are in this script's own environment alone, which is left out.
    report "secret-$canary" "$(grep -lsa "$canary" /proc/1/environ /run/secrets/* /etc/iron-proxy/* /etc/iron-proxy-trust/* 2> /dev/null)"
done
report capabilities "$(sed -n 's/^CapBnd:\t//p' /proc/self/status | grep -v '^0*$')"
report new-privileges "$(sed -n 's/^NoNewPrivs:\t//p' /proc/self/status | grep -v '^1$')"
