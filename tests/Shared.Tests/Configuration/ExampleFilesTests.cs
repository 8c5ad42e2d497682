using System.Text.Json;
using System.Text.RegularExpressions;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Shared.Tests.Configuration;

public sealed class ExampleFilesTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "docs", "examples");

    [Theory]
    [InlineData("switch.yaml")]
    [InlineData("sip.yaml")]
    public void An_example_is_a_valid_configuration(string name) =>
        Assert.Empty(ConfigurationReader.ReadFile(Path.Combine(Folder, name)).Errors);

    // Operators learn the keys from these files, so each must stand there.
    [Fact]
    public void Every_key_and_parameter_is_shown()
    {
        var text = string.Concat(Directory.GetFiles(Folder, "*.yaml").Select(File.ReadAllText));
        Type[] objects =
        [
            typeof(AccountConfiguration), typeof(RateGroupConfiguration), typeof(RateConfiguration),
            typeof(RateSectionConfiguration), typeof(MappingGatewayConfiguration), typeof(RoutingGatewayConfiguration),
            typeof(PhoneConfiguration), typeof(RegistrationConfiguration), typeof(SwitchConfiguration),
        ];
        var names = objects.SelectMany(t => t.GetProperties()).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))
            .Concat(SystemParameters.Definitions.Keys)
            .Distinct();
        Assert.All(names, n => Assert.Matches(@"(?m)(^|[\s{,-])" + Regex.Escape(n) + ":", text));
    }
}
