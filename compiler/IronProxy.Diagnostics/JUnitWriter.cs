using System.Globalization;
using System.Text;
using System.Xml;

namespace IronProxy.Diagnostics;

/// <summary>Writes JUnit's XML, as most build servers read it.</summary>
public static class JUnitWriter
{
    /// <summary>Writes one document with all suites.</summary>
    public static void Write(TextWriter writer, IReadOnlyCollection<JUnitSuite> suites)
    {
        var settings = new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true, CloseOutput = false };
        writer.WriteLine("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
        using (var xml = XmlWriter.Create(writer, settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", "ironc");
            WriteCounts(xml, [.. suites.SelectMany(s => s.Cases)]);
            foreach (var suite in suites)
            {
                xml.WriteStartElement("testsuite");
                xml.WriteAttributeString("name", Clean(suite.Name));
                WriteCounts(xml, suite.Cases);
                foreach (var testCase in suite.Cases)
                {
                    WriteCase(xml, suite, testCase);
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        writer.WriteLine();
    }

    private static void WriteCounts(XmlWriter xml, IReadOnlyCollection<JUnitCase> cases)
    {
        xml.WriteAttributeString("tests", Text(cases.Count));
        xml.WriteAttributeString("failures", Text(cases.Count(c => c.Outcome == JUnitOutcome.Failed)));
        xml.WriteAttributeString("errors", Text(cases.Count(c => c.Outcome == JUnitOutcome.Broken)));
    }

    private static void WriteCase(XmlWriter xml, JUnitSuite suite, JUnitCase testCase)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Clean(suite.Name));
        xml.WriteAttributeString("name", Clean(testCase.Name));
        if (testCase.Outcome == JUnitOutcome.Passed)
        {
            if (testCase.Details is { } output)
            {
                xml.WriteElementString("system-out", Clean(output));
            }
        }
        else
        {
            xml.WriteStartElement(testCase.Outcome == JUnitOutcome.Failed ? "failure" : "error");
            xml.WriteAttributeString("type", Clean(testCase.Kind ?? ""));
            xml.WriteAttributeString("message", Clean(testCase.Message ?? ""));
            xml.WriteString(Clean(testCase.Details ?? ""));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>XML has no way to write some characters, not even as references.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                clean.Append(text, i++, 2);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
            }
        }

        return clean.ToString();
    }
}
