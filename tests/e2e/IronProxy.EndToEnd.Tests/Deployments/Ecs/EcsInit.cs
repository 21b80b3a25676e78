namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>
/// What a start of the agent does to the rules of an instance, replayed. Amazon Linux starts it with <c>amazon-ecs-init</c>
/// (aws/amazon-ecs-agent: ecs-init/exec/iptables/iptables.go, and packaging/amazon-linux-ami-integrated/ecs.service for the unit).
/// </summary>
internal static class EcsInit
{
    /// <summary>Where the agent tells about the tasks of the instance, on every address.</summary>
    public const int IntrospectionPort = 51678;

    /// <summary>
    /// The program. <c>pre-start</c> adds its rules in its order, IPv4 and IPv6, and <c>post-stop</c> removes them; <c>start</c> ends when Docker does,
    /// because the agent is a container.
    /// </summary>
    public static string Program { get; } = $$"""
        #!/bin/bash
        set -u
        both() { iptables -w "$@" && ip6tables -w "$@"; }
        credentials=(-p tcp -d 169.254.170.2 --dport 80)
        to_loopback=(--dst 127.0.0.0/8 ! --src 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP)
        from_others=(-p tcp --dport {{IntrospectionPort}} ! -i lo -j DROP)
        from_bridge=(-p tcp --dport {{IntrospectionPort}} -i docker0 -j ACCEPT)
        case "$1" in
            pre-start)
                set -e
                sysctl --quiet -w net.ipv4.conf.all.route_localnet=1
                iptables -w -t nat -A PREROUTING "${credentials[@]}" -j DNAT --to-destination 127.0.0.1:51679
                iptables -w -I INPUT "${to_loopback[@]}"
                both -I INPUT "${from_others[@]}"
                both -I INPUT "${from_bridge[@]}"
                iptables -w -t nat -A OUTPUT "${credentials[@]}" -j REDIRECT --to-ports 51679
                ;;
            start)
                tail --pid="$(systemctl show --property MainPID --value docker)" -f /dev/null
                exit 1
                ;;
            post-stop)
                sysctl --quiet -w net.ipv4.conf.all.route_localnet=0
                iptables -w -t nat -D PREROUTING "${credentials[@]}" -j DNAT --to-destination 127.0.0.1:51679
                iptables -w -D INPUT "${to_loopback[@]}"
                both -D INPUT "${from_others[@]}"
                both -D INPUT "${from_bridge[@]}"
                iptables -w -t nat -D OUTPUT "${credentials[@]}" -j REDIRECT --to-ports 51679
                exit 0
                ;;
        esac
        """;

    /// <summary>The unit. It tries again after a second, not after ten.</summary>
    public const string Unit = """
        [Unit]
        Wants=docker.service
        After=docker.service cloud-final.service

        [Service]
        Restart=on-failure
        RestartPreventExitStatus=5
        RestartSec=1s
        EnvironmentFile=-/etc/ecs/ecs.config
        ExecStartPre=/bin/bash -c 'if [ $(/usr/bin/systemctl is-active docker) != "active" ]; then exit 1; fi'
        ExecStartPre=/usr/libexec/amazon-ecs-init pre-start
        ExecStart=/usr/libexec/amazon-ecs-init start
        ExecStopPost=/usr/libexec/amazon-ecs-init post-stop

        [Install]
        WantedBy=multi-user.target
        """;
}
