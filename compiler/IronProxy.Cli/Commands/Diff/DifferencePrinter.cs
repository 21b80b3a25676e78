using System.Collections.Immutable;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Differences;

namespace IronProxy.Cli.Commands.Diff;

/// <summary>Prints a difference for people. A plus is more than before, a minus less, a tilde something else.</summary>
internal sealed class DifferencePrinter(TextWriter writer, Paint paint)
{
    private const int MaxNames = 6;

    private bool _first = true;

    public void Print(PlanDifference difference)
    {
        if (difference.IsEmpty)
        {
            writer.WriteLine("no change");
            return;
        }

        PrintRequests("requests that become reachable", Plus, difference.Reachable);
        PrintRequests("requests that are no longer reachable", Minus, difference.Unreachable);
        foreach (var secret in difference.Secrets)
        {
            PrintSecret(secret);
        }

        if (!difference.Settings.IsEmpty)
        {
            PrintTitle("settings");
        }

        foreach (var setting in difference.Settings)
        {
            var sign = setting.Direction switch
            {
                SettingDirection.Widens => Plus,
                SettingDirection.Narrows => Minus,
                _ => paint.Note("~"),
            };
            writer.WriteLine($"  {sign} {setting.Setting}: {setting.Change}");
        }
    }

    private string Plus => paint.Bad("+");

    private string Minus => paint.Good("-");

    private void PrintSecret(SecretDifference secret)
    {
        var name = $"{secret.Name} ({secret.Mode})";
        if (secret.Standing != "kept")
        {
            var nowhere = secret.Sendable.IsEmpty && secret.NoLongerSendable.IsEmpty;
            PrintTitle($"the secret {name} is {secret.Standing}{(nowhere ? ", and no allowlist lets it travel" : "")}");
        }

        PrintRequests($"the secret {name} may now travel in", Plus, secret.Sendable);
        PrintRequests($"the secret {name} no longer travels in", Minus, secret.NoLongerSendable);
    }

    private void PrintRequests(string title, string sign, ImmutableArray<SpaceDifference> differences)
    {
        if (differences.IsEmpty)
        {
            return;
        }

        PrintTitle(title);
        foreach (var difference in differences)
        {
            writer.WriteLine($"  {Names(difference.Hosts)}");
            foreach (var slice in difference.Slices)
            {
                writer.WriteLine($"    {sign} {Methods(slice)} {Paths(slice)}{Limits(slice)}");
                writer.WriteLine($"        {paint.Dim("such as")} {slice.Witness}{(slice.Witness.Client is { } client ? $" by {client}" : "")}");
            }
        }
    }

    private void PrintTitle(string title)
    {
        writer.Write(_first ? "" : "\n");
        writer.WriteLine(paint.Bold(title));
        _first = false;
    }

    private static string Methods(SpaceSlice slice) => slice.Methods switch
    {
        { IsAny: true } => "any method",
        { Except: true } choice => $"any method but {Names(choice.Items)}",
        var choice => Names(choice.Items),
    };

    private static string Paths(SpaceSlice slice) => slice.Paths.IsEmpty ? "on any path" : $"on {Names(slice.Paths)}";

    private static string Limits(SpaceSlice slice)
    {
        var ports = slice.Ports switch
        {
            { IsAny: true } => "",
            { Except: true } choice => $", any port but {Numbers(choice)}",
            var choice => $", port {Numbers(choice)}",
        };
        var clients = slice.Clients switch
        {
            { IsAny: true } => "",
            { Except: true } choice => $", by anybody but {Names(choice.Items)}",
            var choice => $", by {Names(choice.Items)}",
        };
        return (slice.Schemes.Length == 1 ? $", over {slice.Schemes[0]}" : "") + ports + clients;
    }

    private static string Numbers(Choice<int> choice) => Names([.. choice.Items.Select(i => $"{i}")]);

    private static string Names(ImmutableArray<string> names) => names.Length <= MaxNames
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(MaxNames - 1))} and {names.Length - MaxNames + 1} more";
}
