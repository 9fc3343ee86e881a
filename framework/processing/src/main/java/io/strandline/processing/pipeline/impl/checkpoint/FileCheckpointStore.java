package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.spi.SideFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** Snapshots as files, in a directory for each pipeline. Works on the worker threads of Vert.x. */
public final class FileCheckpointStore implements CheckpointStore {

    private final Vertx vertx;
    private final Function<String, SideFiles> directories;

    /** @param directories pipeline → its directory */
    public FileCheckpointStore(Vertx vertx, Function<String, SideFiles> directories) {
        this.vertx = vertx;
        this.directories = directories;
    }

    /** Work on files whose failure says that their directory is not to be used now. */
    private interface Work<T> {
        T on(SideFiles files) throws IOException;
    }

    /** As {@link Work}, without result. */
    private interface Change {
        void on(SideFiles files) throws IOException;
    }

    private <T> Future<T> start(String pipeline, String done, Work<T> work) {
        SideFiles files = directories.apply(pipeline);
        Callable<T> blocking = () -> {
            try {
                return work.on(files);
            } catch (IOException e) {
                throw unavailable(files, done, e);
            }
        };
        return vertx.executeBlocking(blocking, false);
    }

    private Future<Void> change(String pipeline, String done, Change change) {
        return start(pipeline, done, files -> {
                    change.on(files);
                    return true;
                })
                .mapEmpty();
    }

    private static StrandlineException.Unavailable unavailable(SideFiles files, String done, IOException cause) {
        return new StrandlineException.Unavailable(
                "the checkpoint directory \"" + files + "\" cannot be " + done + ": " + cause, cause);
    }

    @Override
    public Future<Void> open(String pipeline) {
        return change(pipeline, "written", SideFiles::create);
    }

    @Override
    public <T> Future<List<T>> write(String pipeline, List<NewSnapshot<T>> snapshots) {
        return start(pipeline, "written", files -> {
            List<T> results = new ArrayList<>();
            int begun = 0;
            try {
                for (NewSnapshot<T> snapshot : snapshots) {
                    begun++;
                    results.add(write(files, snapshot));
                }
                files.forceNames();
            } catch (IOException | RuntimeException e) {
                deleteAgain(files, snapshots.subList(0, begun), e);
                throw e;
            }
            return results;
        });
    }

    private static <T> T write(SideFiles files, NewSnapshot<T> snapshot) throws IOException {
        try (SideFiles.Output file = files.write(snapshot.name())) {
            T result = snapshot.content().writeTo(file::write);
            file.force();
            return result;
        }
    }

    /** What no manifest will name would take room until the next start, on a disk that may be full. */
    private static <T> void deleteAgain(SideFiles files, List<NewSnapshot<T>> begun, Exception failure) {
        for (NewSnapshot<T> snapshot : begun) {
            try {
                files.delete(snapshot.name());
            } catch (IOException e) {
                failure.addSuppressed(e);
                return;
            }
        }
    }

    @Override
    public <T> Future<T> read(String pipeline, String snapshot, Reader<T> reader) {
        return start(pipeline, "read", files -> {
            try (SideFiles.Input file = files.read(snapshot)) {
                return read(files, snapshot, file, reader);
            } catch (NoSuchFileException e) {
                throw new StrandlineException.NotFound("snapshot \"" + files + "/" + snapshot + "\" is missing");
            }
        });
    }

    /** The file could be opened, so the rest of the directory is of use. */
    private static <T> T read(SideFiles files, String snapshot, SideFiles.Input file, Reader<T> reader) {
        try {
            return reader.readFrom(new Input() {
                @Override
                public long size() throws IOException {
                    return file.size();
                }

                @Override
                public int read(ByteBuffer into, long position) throws IOException {
                    return file.read(into, position);
                }
            });
        } catch (IOException e) {
            throw new StrandlineException.Corrupt(
                    "snapshot \"" + files + "/" + snapshot + "\" cannot be read: " + e, e);
        }
    }

    @Override
    public Future<List<String>> list(String pipeline) {
        return start(pipeline, "listed", SideFiles::names);
    }

    @Override
    public Future<Void> delete(String pipeline, Collection<String> snapshots) {
        List<String> names = List.copyOf(snapshots);
        return change(pipeline, "written", files -> {
            for (String name : names) {
                files.delete(name);
            }
        });
    }

    @Override
    public Future<Void> forget(String pipeline) {
        return change(pipeline, "removed", SideFiles::remove);
    }

    @Override
    public String place(String pipeline) {
        return directories.apply(pipeline).toString();
    }
}
