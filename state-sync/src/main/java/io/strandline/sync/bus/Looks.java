package io.strandline.sync.bus;

import io.strandline.StreamName;
import io.strandline.sync.spi.Position;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The looks of a member, gathered to requests: a thousand quiet names cost the owner one request for each time that they are
 * looked at, and not a thousand. Its fields belong to the context.
 */
final class Looks {

    /** How long a look waits for others. Relays with one interval look at the same moment, so that few are missed. */
    static final long WINDOW_MILLIS = 10;

    private final ContextInternal context;
    private final Function<BusCall.Look, Future<List<Integer>>> owner;
    private List<BusCall.Known> names = new ArrayList<>();
    private List<Promise<Boolean>> answers = new ArrayList<>();
    private boolean waiting;

    Looks(ContextInternal context, Function<BusCall.Look, Future<List<Integer>>> owner) {
        this.context = context;
        this.owner = owner;
    }

    /** Asks whether anything follows a position of a name, together with what others ask at this time. */
    Future<Boolean> add(StreamName name, Position known) {
        Promise<Boolean> answer = Promise.promise();
        context.emit(v -> {
            names.add(new BusCall.Known(name, known));
            answers.add(answer);
            if (names.size() == BusCall.MAX_NAMES) {
                send();
            } else if (!waiting) {
                waiting = true;
                context.setTimer(WINDOW_MILLIS, fired -> {
                    waiting = false;
                    send();
                });
            }
        });
        return answer.future();
    }

    private void send() {
        if (names.isEmpty()) {
            return;
        }
        BusCall.Look look = new BusCall.Look(names);
        List<Promise<Boolean>> asked = answers;
        names = new ArrayList<>();
        answers = new ArrayList<>();
        owner.apply(look).onComplete((newer, failure) -> {
            if (failure != null) {
                asked.forEach(each -> each.fail(failure));
                return;
            }
            boolean[] follows = new boolean[asked.size()];
            for (int place : newer) {
                if (place >= 0 && place < follows.length) {
                    follows[place] = true;
                }
            }
            for (int i = 0; i < follows.length; i++) {
                asked.get(i).complete(follows[i]);
            }
        });
    }
}
