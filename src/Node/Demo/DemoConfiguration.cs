using System.Net;

namespace Tandem.Node.Demo;

/// <summary>The configuration of the demonstration; also a short example of the file format.</summary>
internal static class DemoConfiguration
{
    /// <summary>The file, with the addresses that the demonstration's telephones got.</summary>
    public static string Yaml(IPEndPoint alpha, IPEndPoint beta, IPEndPoint copper, IPEndPoint silver, IPEndPoint gold) =>
        $"""
        accounts:
          - account: alpha
            name: Alpha Telecom
            openingBalance: 100
            feeRateGroup: retail
          - account: beta
            name: Beta Voice
            openingBalance: 0.03
            feeRateGroup: retail
          - account: copper
            type: clearing
            feeRateGroup: copper-sells
          - account: silver
            type: clearing
            feeRateGroup: silver-sells
          - account: gold
            type: clearing
            feeRateGroup: gold-sells
        rateGroups:
          - name: retail
            rates:
              - feePrefix: "44"
                areaName: United Kingdom
                fee: 0.012
                period: 60
              - feePrefix: "49"
                areaName: Germany
                fee: 0.018
                period: 60
              - feePrefix: "33"
                areaName: France
                fee: 0.015
                period: 60
              - feePrefix: "7"
                areaName: Russia
                fee: 0.09
                period: 60
          - name: copper-sells
            rates:
              - feePrefix: ""
                fee: 0.004
                period: 60
          - name: silver-sells
            rates:
              - feePrefix: ""
                fee: 0.007
                period: 60
          - name: gold-sells
            rates:
              - feePrefix: ""
                fee: 0.011
                period: 1
                sections:
                  - fee: 0.011
                    time: 60
        mappingGateways:
          - name: alpha-trunk
            account: alpha
            capacity: 100
            remoteIps: ["{alpha}"]
          - name: beta-trunk
            account: beta
            capacity: 10
            remoteIps: ["{beta}"]
        routingGateways:
          - name: copper
            prefix: ["44", "33"]
            priority: 1
            remoteIp: {copper.Address}
            signalPort: {copper.Port}
            clearingAccount: copper
          - name: silver
            prefix: ["44"]
            priority: 2
            remoteIp: {silver.Address}
            signalPort: {silver.Port}
            clearingAccount: silver
          - name: gold
            prefix: ["49"]
            priority: 1
            remoteIp: {gold.Address}
            signalPort: {gold.Port}
            clearingAccount: gold
        """;
}
