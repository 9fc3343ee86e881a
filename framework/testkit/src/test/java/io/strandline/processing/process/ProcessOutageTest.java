package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventReader;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.process.FaultyAggregates.Fate;
import io.strandline.processing.process.ProcessTimersTest.Heard;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Transfer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The steps of a process cannot be followed for longer than a reader tries. */
class ProcessOutageTest extends OnTransferLog {

    private static final String BELLS = "bank/bells";

    /** A reader of steps, as the process has it. */
    private static final class Following {
        private final EventReader<?> reader;
        private final Context context;
        private volatile @Nullable Handler<Throwable> failures;

        private Following(EventReader<?> reader, Context context) {
            this.reader = reader;
            this.context = context;
        }

        private @Nullable Object call(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            if (method.getName().equals("exceptionHandler")) {
                @SuppressWarnings("unchecked") // it is declared so
                Handler<Throwable> given = (Handler<Throwable>) Objects.requireNonNull(arguments)[0];
                failures = given;
            }
            Object result = invoke(reader, method, arguments);
            return result == reader ? proxy : result;
        }

        /** The reader stops as by itself. */
        private void fail(StrandlineException cause) {
            context.runOnContext(turn -> {
                reader.close();
                Objects.requireNonNull(failures).handle(cause);
            });
        }
    }

    private final List<Following> followings = new CopyOnWriteArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();

    /** Histories of instances that cannot be read. */
    private final AtomicInteger unread = new AtomicInteger();

    private static @Nullable Object invoke(Object on, Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(on, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private Strandline faulty() {
        InvocationHandler calls = (proxy, method, arguments) -> {
            if (method.getName().equals("history")
                    && (TRANSFERS.equals(arguments[0]) || BELLS.equals(arguments[0]))
                    && unread.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return Future.failedFuture(new StrandlineException.Unavailable("away"));
            }
            if (!method.getName().equals("subscribe") || !TRANSFERS.equals(arguments[0])) {
                return invoke(log, method, arguments);
            }
            if (refused.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return Future.failedFuture(new StrandlineException.Unavailable("still away"));
            }
            Context context = vertx.getOrCreateContext();
            return ((Future<?>) Objects.requireNonNull(invoke(log, method, arguments))).map(reader -> {
                Following following = new Following((EventReader<?>) reader, context);
                followings.add(following);
                return Proxy.newProxyInstance(
                        EventReader.class.getClassLoader(), new Class<?>[] {EventReader.class}, following::call);
            });
        };
        return (Strandline)
                Proxy.newProxyInstance(Strandline.class.getClassLoader(), new Class<?>[] {Strandline.class}, calls);
    }

    private Processes<Transfer> running() {
        return get(Processes.open(
                vertx,
                faulty(),
                sync,
                TransferBank.TRANSFER,
                ProcessTargets.of(TransferBank.ACCOUNTS, accounts),
                options(),
                clock));
    }

    private void send(String transfer) {
        get(accounts.execute("anna", new Deposit(10)));
        get(accounts.execute("anna", new Send(transfer, "bert", 10)));
    }

    @Test
    void a_process_goes_on_where_it_was_after_its_steps_could_not_be_read_for_a_while() {
        Processes<Transfer> transfers = running();
        send("anna:1");
        awaitPhase(transfers, "anna:1", Phase.DONE);
        await("nothing is open", () -> transfers.statistics().openCommands() == 0);
        refused.set(2);
        followings.get(0).fail(new StrandlineException.Unavailable("away"));
        send("anna:2");
        awaitPhase(transfers, "anna:2", Phase.DONE);
        await("nothing is open", () -> transfers.statistics().openCommands() == 0);
        assertThat(followings).hasSize(2);
        assertThat(account("bert").balance()).isEqualTo(20);
        assertThat(transfers.statistics().accepted()).isEqualTo(2);
        assertThat(transfers.ended().isComplete()).isFalse();
    }

    @Test
    void what_is_open_is_sent_when_its_instance_can_be_read() {
        FaultyAggregates<Command, Account> lost = new FaultyAggregates<>(accounts).fate(Fate.LOST);
        Processes<Transfer> first = transfers(lost);
        send("anna:1");
        await("the command is under way", () -> !lost.ids.isEmpty());
        get(first.close());
        unread.set(2);
        Processes<Transfer> next = running();
        await("it was read in vain", () -> unread.get() == 0);
        awaitPhase(next, "anna:1", Phase.DONE);
        assertThat(account("bert").balance()).isEqualTo(10);
    }

    @Test
    void a_process_whose_steps_are_damaged_stops() {
        Processes<Transfer> transfers = running();
        followings.get(0).fail(new StrandlineException.Corrupt("damaged"));
        assertThat(failure(transfers.ended()))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessage("damaged");
        assertThat(followings).hasSize(1);
    }

    private Processes<Heard> bell() {
        return get(Processes.open(
                vertx,
                faulty(),
                sync,
                ProcessTimersTest.BELL,
                ProcessTargets.none(),
                options().setStream(BELLS),
                clock));
    }

    /** Several times, because each timer is tried again after a pause by chance. */
    @Test
    void timers_of_an_instance_fire_in_their_order_though_it_cannot_be_read_for_a_while() {
        Processes<Heard> bell = bell();
        List<String> rings = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            get(accounts.execute("anna", new Deposit(1)));
            get(accounts.execute("anna", new Deposit(2)));
            Processes<Heard> before = bell;
            await("two timers are set", () -> before.statistics().pendingTimers() == 2);
            get(bell.close());
            reopen();
            clock.elapse(Duration.ofDays(366));
            unread.set(2);
            bell = bell();
            Processes<Heard> after = bell;
            rings.addAll(List.of("minute", "year"));
            await("they have fired", () -> after.statistics().pendingTimers() == 0);
            assertThat(unread).hasValue(0);
            assertThat(get(after.state("bell")).state().rings()).isEqualTo(rings);
        }
    }
}
