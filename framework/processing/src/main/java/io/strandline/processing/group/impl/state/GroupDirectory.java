package io.strandline.processing.group.impl.state;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.json.JsonCodec;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The names of the groups of one scope, as one shared state. A name is added whenever its group is opened, and removed after it was
 * deleted. So every group that was ever open has its name here.
 */
public final class GroupDirectory {

    private static final StateModel<Names, Change> MODEL = new StateModel<>(
            new Names(new TreeSet<>()),
            GroupDirectory::changed,
            JsonCodec.of("group-names", 1, Names.class),
            JsonCodec.builder(Change.class)
                    .type("added", 1, Added.class)
                    .type("removed", 1, Removed.class)
                    .build());

    private GroupDirectory() {}

    /** @param names of groups, without their scope */
    record Names(SortedSet<String> names) {

        Names {
            names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
        }
    }

    /** What becomes of the names. */
    sealed interface Change {}

    /** A group is about to be created. */
    record Added(String name) implements Change {}

    /** A group was deleted. */
    record Removed(String name) implements Change {}

    private static Names changed(Names before, Change change) {
        TreeSet<String> names = new TreeSet<>(before.names());
        if (change instanceof Added added) {
            names.add(added.name());
        } else if (change instanceof Removed removed) {
            names.remove(removed.name());
        }
        return new Names(names);
    }

    /** Adds a group. Fails with Overloaded if its scope has as many groups as it may have. */
    public static Future<Void> add(Vertx vertx, StateSync sync, StreamName group) {
        return with(vertx, sync, group.scope(), directory -> {
                    Names known = directory.value();
                    if (!known.names().contains(group.stream())
                            && known.names().size() >= ReaderGroup.MAX_GROUPS_OF_SCOPE) {
                        return Future.failedFuture(new StrandlineException.Overloaded("scope " + group.scope() + " has "
                                + known.names().size() + " groups, the limit is " + ReaderGroup.MAX_GROUPS_OF_SCOPE));
                    }
                    return directory.update(names ->
                            names.names().contains(group.stream()) ? List.of() : List.of(new Added(group.stream())));
                })
                .mapEmpty();
    }

    public static Future<Void> remove(Vertx vertx, StateSync sync, StreamName group) {
        return with(
                        vertx,
                        sync,
                        group.scope(),
                        directory -> directory.update(names -> names.names().contains(group.stream())
                                ? List.of(new Removed(group.stream()))
                                : List.of()))
                .mapEmpty();
    }

    /** The full names of a scope's groups. */
    public static Future<SortedSet<String>> list(Vertx vertx, StateSync sync, String scope) {
        try {
            StreamName.requireValid("scope", scope);
            GroupNames.directory(scope);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return with(vertx, sync, scope, directory -> {
            SortedSet<String> full = new TreeSet<>();
            directory.value().names().forEach(name -> full.add(scope + "/" + name));
            return Future.succeededFuture(full);
        });
    }

    /** The full names of the groups of all scopes that have a directory in the log. Directories are read one after the other. */
    public static Future<SortedSet<String>> list(Vertx vertx, Strandline log, StateSync sync) {
        return log.catalog()
                .streams(StreamName.RESERVED_SCOPE)
                .recover(failure -> failure instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(List.of())
                        : Future.failedFuture(failure))
                .compose(streams -> {
                    Future<SortedSet<String>> all = Future.succeededFuture(new TreeSet<>());
                    for (StreamName stream : streams) {
                        String scope = GroupNames.scopeOf(stream).orElse("");
                        if (!scope.isEmpty()) {
                            all = all.compose(known -> list(vertx, sync, scope).map(names -> {
                                known.addAll(names);
                                return known;
                            }));
                        }
                    }
                    return all;
                });
    }

    /** Opens the directory on a context of its own, for one call. */
    private static <T> Future<T> with(
            Vertx vertx, StateSync sync, String scope, Function<StateSynchronizer<Names, Change>, Future<T>> call) {
        ContextInternal own = ((VertxInternal) vertx).createEventLoopContext();
        Promise<T> done = ((VertxInternal) vertx).getOrCreateContext().promise();
        own.runOnContext(turn -> opened(sync, scope)
                .compose(directory -> call.apply(directory).eventually(directory::close))
                .onComplete(done));
        return done.future();
    }

    private static Future<StateSynchronizer<Names, Change>> opened(StateSync sync, String scope) {
        try {
            return sync.open(GroupNames.directory(scope).toString(), MODEL);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
