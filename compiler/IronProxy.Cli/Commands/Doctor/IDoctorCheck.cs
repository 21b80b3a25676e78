namespace IronProxy.Cli.Commands.Doctor;

/// <summary>One question that doctor asks. A check has a file of its own and a line in <see cref="DoctorChecks"/>.</summary>
internal interface IDoctorCheck
{
    /// <summary>Name in the table, in JSON and in docs/doctor.md. Never renamed.</summary>
    string Id { get; }

    /// <summary>What it tries, in this workload.</summary>
    IEnumerable<Attempt> Attempts(Workload workload);
}
