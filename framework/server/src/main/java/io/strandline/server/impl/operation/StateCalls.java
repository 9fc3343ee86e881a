package io.strandline.server.impl.operation;

import io.strandline.StrandlineException;
import io.strandline.client.operation.ExposedRequests.ForgetState;
import io.strandline.client.operation.ExposedRequests.Revision;
import io.strandline.client.operation.ExposedRequests.RevisionedState;
import io.strandline.client.operation.ExposedRequests.SetState;
import io.strandline.server.Exposed;
import io.strandline.server.Exposed.Shared;
import io.vertx.core.Future;
import java.util.List;
import java.util.TreeSet;

/** The operations on shared states that are exposed. Callable from any thread. */
final class StateCalls {

    private final Exposed exposed;

    StateCalls(Exposed exposed) {
        this.exposed = exposed;
    }

    List<String> names() {
        return List.copyOf(new TreeSet<>(exposed.states().keySet()));
    }

    private Shared<?> state(String name) {
        Shared<?> found = exposed.state(name);
        if (found == null) {
            throw new StrandlineException.NotFound("no shared state " + name + " is exposed");
        }
        return found;
    }

    Future<RevisionedState> read(String name) {
        return read(state(name));
    }

    private static <S> Future<RevisionedState> read(Shared<S> shared) {
        return shared.state()
                .fetch()
                .map(newest -> new RevisionedState(
                        newest.revision(), CodecValues.written("the state", shared.codec(), newest.state())));
    }

    Future<Revision> compareAndSet(SetState request) {
        return compareAndSet(state(request.state()), request);
    }

    private static <S> Future<Revision> compareAndSet(Shared<S> shared, SetState request) {
        S next = CodecValues.read("value", shared.codec(), request.value());
        return shared.state().compareAndSet(request.revision(), next).map(made -> new Revision(made.revision()));
    }

    Future<Revision> compareAndDelete(ForgetState request) {
        return state(request.state())
                .state()
                .compareAndDelete(request.revision())
                .map(made -> new Revision(made.revision()));
    }
}
