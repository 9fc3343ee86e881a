package io.strandline.testkit.simulation.client;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.strandline.testkit.SimulatedScheduler.ClientThread;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/**
 * An event loop whose tasks and timers a simulation runs. Contexts, futures and timers over it are those of Vert.x itself, so
 * that nothing of what an application meets is imitated.
 */
public final class SimulatedEventLoop extends AbstractEventExecutor implements EventLoop {

    private final ClientThread thread;

    private SimulatedEventLoop(ClientThread thread) {
        this.thread = thread;
    }

    /** A context of a Vert.x instance whose event loop is a thread of a simulation. */
    public static ContextInternal context(Vertx vertx, ClientThread thread) {
        return ((VertxInternal) vertx)
                .contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withEventLoop(new SimulatedEventLoop(thread))
                .build();
    }

    @Override
    public void execute(Runnable task) {
        thread.execute(task);
    }

    @Override
    public boolean inEventLoop() {
        return thread.isRunning();
    }

    /** Every thread that asks is that of the simulation. */
    @Override
    public boolean inEventLoop(Thread asked) {
        return thread.isRunning();
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        return new Timer(this, thread.after(unit.toNanos(delay), task));
    }

    /** A timer, which nobody asks for more than its cancellation. */
    private static final class Timer extends DefaultPromise<Void> implements ScheduledFuture<Void> {

        private final Runnable canceller;

        Timer(EventExecutor loop, Runnable canceller) {
            super(loop);
            this.canceller = canceller;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            canceller.run();
            return super.cancel(mayInterrupt);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw notSimulated("the delay of a timer");
        }

        @Override
        public int compareTo(Delayed other) {
            throw notSimulated("the order of timers");
        }
    }

    @Override
    public EventLoopGroup parent() {
        return this;
    }

    @Override
    public EventLoop next() {
        return this;
    }

    @Override
    public boolean isShuttingDown() {
        return false;
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        throw notSimulated("the end of an event loop");
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        throw notSimulated("the end of an event loop");
    }

    @Override
    public Future<?> terminationFuture() {
        throw notSimulated("the end of an event loop");
    }

    @Override
    @Deprecated
    public void shutdown() {
        throw notSimulated("the end of an event loop");
    }

    @Override
    public ChannelFuture register(Channel channel) {
        throw notSimulated("a channel");
    }

    @Override
    public ChannelFuture register(ChannelPromise promise) {
        throw notSimulated("a channel");
    }

    @Override
    @Deprecated
    public ChannelFuture register(Channel channel, ChannelPromise promise) {
        throw notSimulated("a channel");
    }

    private static UnsupportedOperationException notSimulated(String what) {
        return new UnsupportedOperationException(what + " is not simulated");
    }
}
