package io.strandline.server.impl.listening;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundInvoker;
import org.jspecify.annotations.Nullable;

/** A connection that has come, from before its handshake to its end. Belongs to the context of its acceptor. */
public final class Arrival {

    private final Channel channel;
    private final Network network;
    private @Nullable Connection connection;
    private boolean isReady;

    Arrival(Channel channel, Network network) {
        this.channel = channel;
        this.network = network;
    }

    /** Where its client is. */
    Network network() {
        return network;
    }

    /** Notes that its handshake is over, if it has one. True the first time. */
    boolean becomesReady() {
        boolean isFirst = !isReady;
        isReady = true;
        return isFirst;
    }

    /** What serves it, null before that. */
    @Nullable
    Connection connection() {
        return connection;
    }

    /** Has a connection served by what is called about it from now on. */
    public void serveBy(Connection serving) {
        connection = serving;
    }

    /**
     * Ends the connection at once. What has not reached the client is lost, what the kernel holds for it too. A close of Vert.x
     * waits until everything has left, so for a client that reads nothing it never comes.
     */
    public void cut() {
        if (!channel.isRegistered() || !channel.isOpen()) {
            return;
        }
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) { // the client is gone, and nothing waits for it
        }
        ChannelOutboundInvoker first = channel.pipeline().firstContext(); // past the handlers that would wait
        var unused = (first == null ? channel : first).close();
    }
}
