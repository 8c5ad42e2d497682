using CsCheck;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;
using Tandem.Shared.Gateways;

namespace Tandem.Shared.Tests.Cluster;

public sealed class ShardExtractorsTests
{
    [Fact]
    public void A_call_is_found_by_message_and_by_entity_alike() =>
        Gen.Select(Gen.UInt, Gen.Byte[0, CallId.SlotsPerNode - 1], Gen.ULong).Sample((node, slot, unique) =>
        {
            var extractor = new CallShardExtractor();
            var message = new CallReplies.NotFound(new CallId(node, slot, unique));
            var entity = extractor.EntityId(message);
            Assert.Equal(message.CallId.ToString(), entity);
            Assert.Equal(message.CallId.ShardId, extractor.ShardId(message));
            Assert.Equal(message.CallId.ShardId, extractor.ShardId(entity!));
            Assert.Same(message, extractor.EntityMessage(message));
        });

    [Fact]
    public void An_entity_that_is_no_call_is_its_own_shard() =>
        Assert.Equal("short", new CallShardExtractor().ShardId("short"));

    [Fact]
    public void Gateways_and_accounts_are_found_by_their_ids()
    {
        var gateway = new GatewayQueries.GetState(GatewayId.Routing("v1"));
        Assert.Equal("r:v1", new GatewayShardExtractor().EntityId(gateway));
        Assert.Equal("r:v1", new BlacklistGatewayShardExtractor().EntityId(gateway));
        Assert.Equal("1001", new AccountShardExtractor().EntityId(new AccountQueries.GetState(new AccountId("1001"))));
    }

    [Fact]
    public void A_message_for_nobody_has_no_entity()
    {
        Assert.Null(new CallShardExtractor().EntityId("text"));
        Assert.Null(new CallShardExtractor().ShardId((object)"text"));
        Assert.Null(new GatewayShardExtractor().EntityId("text"));
        Assert.Null(new AccountShardExtractor().EntityId("text"));
    }
}
