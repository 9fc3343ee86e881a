package io.strandline.server.impl.security;

import static io.strandline.server.impl.security.Futures.failure;
import static io.strandline.server.impl.security.Futures.get;
import static io.strandline.server.impl.security.Futures.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger readings = new AtomicInteger();

    private final List<FileWatch<?>> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        opened.forEach(FileWatch::end);
        get(vertx.close());
    }

    private FileWatch<Integer> watch(Path path) {
        FileWatch<Integer> watch = new FileWatch<>(vertx, "a number", List.of(path.toString()), files -> {
            readings.incrementAndGet();
            try {
                return Integer.valueOf(files.get(0).toString());
            } catch (NumberFormatException e) {
                throw new StrandlineException.Invalid("line 1 is no number");
            }
        });
        opened.add(watch);
        return watch;
    }

    /** Writes the file, or another one in its place: no look finds a part of it. */
    private Path file(String text) throws IOException {
        Path whole = Files.writeString(directory.resolve("number.new"), text);
        return Files.move(
                whole,
                directory.resolve("number"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void a_change_is_read_and_what_has_not_changed_is_not() throws IOException {
        Path path = file("1");
        FileWatch<Integer> watch = watch(path);
        get(watch.begin(10));
        assertThat(watch.current()).isEqualTo(1);
        long version = watch.version();
        file("2");
        until(vertx, () -> watch.current() == 2);
        assertThat(watch.version()).isGreaterThan(version);
        assertThat(readings).hasValue(2);
    }

    /** Somebody writes it, beginning with nothing. */
    @Test
    void what_a_file_says_while_it_is_written_is_not_taken() {
        Queue<String> contents = new ArrayDeque<>(List.of("1", "1", "", "2", "23", "23", "4", "23", "5", "5"));
        List<String> parsed = new CopyOnWriteArrayList<>();
        FileWatch<String> watch = new FileWatch<>(
                vertx,
                "a text",
                List.of("no file"),
                files -> {
                    parsed.add(files.get(0).toString());
                    return files.get(0).toString();
                },
                () -> Future.succeededFuture(
                        List.of(Buffer.buffer(contents.size() > 1 ? contents.remove() : contents.element()))));
        opened.add(watch);
        get(watch.begin(1));
        until(vertx, () -> watch.current().equals("5"));
        assertThat(parsed).containsExactly("1", "23", "5");
    }

    @Test
    void a_broken_file_leaves_what_was_read_and_is_looked_at_once() throws IOException {
        Path path = file("1");
        FileWatch<Integer> watch = watch(path);
        get(watch.begin(10));
        file("x");
        until(vertx, () -> readings.get() == 2);
        Files.delete(path);
        file("x");
        assertThat(watch.current()).isEqualTo(1);
        file("3");
        until(vertx, () -> watch.current() == 3);
        assertThat(readings).hasValue(3);
    }

    @Test
    void a_file_that_is_gone_for_a_while_leaves_what_was_read() throws IOException {
        Path path = file("1");
        FileWatch<Integer> watch = watch(path);
        get(watch.begin(10));
        Files.delete(path);
        long looks = System.nanoTime();
        until(vertx, () -> System.nanoTime() - looks > 50_000_000);
        assertThat(watch.current()).isEqualTo(1);
        file("4");
        until(vertx, () -> watch.current() == 4);
    }

    @Test
    void it_does_not_begin_without_a_file_that_can_be_read() throws IOException {
        assertThat(failure(watch(directory.resolve("none")).begin(10))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(failure(watch(file("x")).begin(10)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("line 1 is no number");
        Path large = file("1" + " ".repeat(FileWatch.MAX_FILE_BYTES));
        assertThat(failure(watch(large).begin(10))).isInstanceOf(StrandlineException.Invalid.class);
    }
}
