using System.Globalization;
using System.Reflection;
using System.Text.Json;
using IronProxy.Certificates;
using IronProxy.Plan;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Management;

/// <summary>Says how the process is doing. Secrets are named, and nothing of them is told but whether they can be read.</summary>
/// <param name="facts">What stays as it is.</param>
/// <param name="policies">The policy that runs, and those that end.</param>
/// <param name="reload">What was reloaded.</param>
/// <param name="time">The clock.</param>
internal sealed class StatusReport(ProcessFacts facts, CurrentPolicy policies, PolicyReload reload, TimeProvider time)
{
    private static readonly string Version =
        typeof(StatusReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion; // Always written by the build.

    /// <summary>The answer.</summary>
    public ManagementAnswer Read() => ManagementAnswer.Of(200, json =>
    {
        var now = time.GetUtcNow();
        var active = policies.Active;
        json.WriteString("version"u8, Version);
        json.WriteString("started_at"u8, Text(facts.Started));
        json.WriteNumber("uptime_seconds"u8, Seconds(now - facts.Started));
        WritePlan(json, active);
        WriteListeners(json);
        WriteCa(json, active.Ca, now);
        WriteSecrets(json, active.Secrets.Health);
        WritePolicies(json, active, policies.Ending);
        WriteLastReload(json);
    });

    private void WritePlan(Utf8JsonWriter json, ActivePolicy active)
    {
        var plan = active.Policy.Plan;
        json.WriteStartObject("plan"u8);
        json.WriteString("plan_hash"u8, plan.PolicyHash);
        json.WriteString("file_hash"u8, plan.FileHash);
        json.WriteString("compiler"u8, plan.Compiler);
        json.WriteString("source"u8, plan.Source);
        json.WriteString("option"u8, reload.Source.Option);
        json.WriteString("name"u8, reload.Source.Name);
        json.WriteString("since"u8, Text(active.MadeAt));
        json.WriteEndObject();
    }

    private void WriteListeners(Utf8JsonWriter json)
    {
        json.WriteStartObject("listeners"u8);
        if (facts.Dns is { } dns)
        {
            json.WriteString(ListenerRole.Dns.Name(), dns.ToString());
        }

        foreach (var (role, endpoint) in facts.Endpoints.OrderBy(e => e.Key))
        {
            json.WriteString(role.Name(), endpoint.ToString());
        }

        json.WriteEndObject();
    }

    /// <summary>There is none where TLS is passed through.</summary>
    private static void WriteCa(Utf8JsonWriter json, CertificateAuthority? ca, DateTimeOffset now)
    {
        if (ca is null)
        {
            json.WriteNull("ca"u8);
            return;
        }

        json.WriteStartObject("ca"u8);
        json.WriteString("subject"u8, ca.Subject);
        json.WriteString("not_after"u8, Text(ca.NotAfter));
        json.WriteNumber("expires_in_seconds"u8, Seconds(ca.NotAfter - now));
        json.WriteEndObject();
    }

    private static void WriteSecrets(Utf8JsonWriter json, IReadOnlyList<SecretHealth> secrets)
    {
        json.WriteStartArray("secrets"u8);
        foreach (var secret in secrets)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, secret.Name);
            json.WriteString("source"u8, secret.Source);
            json.WriteNumber("line"u8, secret.Line);
            json.WriteString("state"u8, !secret.IsUsable ? "unavailable" : secret.Failure is null ? "ok" : "stale");
            json.WriteNumber("age_seconds"u8, Seconds(secret.Age));
            if (secret.Failure is { } failure)
            {
                json.WriteString("failure"u8, failure);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The policy that runs, and behind it those that requests under way have begun with.</summary>
    private static void WritePolicies(Utf8JsonWriter json, ActivePolicy active, IReadOnlyList<ActivePolicy> ending)
    {
        json.WriteStartArray("policies"u8);
        Write(active, isCurrent: true, active.Leases - 1); // One is its place.
        foreach (var policy in ending)
        {
            Write(policy, isCurrent: false, policy.Leases);
        }

        json.WriteEndArray();

        void Write(ActivePolicy policy, bool isCurrent, int requests)
        {
            json.WriteStartObject();
            json.WriteString("plan_hash"u8, policy.Hash);
            json.WriteBoolean("current"u8, isCurrent);
            json.WriteString("since"u8, Text(policy.MadeAt));
            json.WriteNumber("requests_under_way"u8, Math.Max(0, requests)); // One that is replaced in this moment has lost its place.
            json.WriteEndObject();
        }
    }

    private void WriteLastReload(Utf8JsonWriter json)
    {
        if (reload.Last is { } last)
        {
            json.WriteStartObject("last_reload"u8);
            json.WriteString("at"u8, Text(last.At));
            json.WriteString("trigger"u8, last.Trigger);
            ReloadReport.Write(json, last.Result);
            json.WriteEndObject();
        }
    }

    internal static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);
}
