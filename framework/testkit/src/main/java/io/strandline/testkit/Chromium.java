package io.strandline.testkit;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A headless Chromium of this machine, for tests that open pages in a real browser. It ends with this process at the latest, however that
 * one ends: it is driven over two pipes, and leaves when they are closed. Its home directory is its own, and is removed with it.
 *
 * <p>It has no sandbox, since root and many containers cannot have it. So open pages of your own alone.
 *
 * <p>Every method blocks. Any thread may call, one at a time.
 */
public final class Chromium implements AutoCloseable {

    private static final List<Path> PLACES = Stream.of("chromium", "chromium-browser", "google-chrome")
            .map(name -> Path.of("/usr/bin", name))
            .toList();

    private static final List<String> FLAGS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--disable-breakpad",
            // Nothing is asked of anybody but by the pages.
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-sync",
            // Pages that nobody looks at go on as others do.
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--remote-debugging-pipe");

    /** The browser reads from 3 and writes to 4. Java gives a process nothing above 2. */
    private static final String PIPED = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null";

    private static final long LONGEST_END_SECONDS = 30;
    private static final int QUOTED_CHARACTERS = 2_000;

    private final Path home;
    private final Process process;
    private final DevTools devTools;
    private final Thread atExit = new Thread(this::end, "chromium-exit");

    private Chromium(Path home, Process process) {
        this.home = home;
        this.process = process;
        this.devTools = new DevTools(process.getInputStream(), process.getOutputStream());
    }

    /** True if this machine has one. Debian's package is called {@code chromium}. */
    public static boolean isInstalled() {
        return PLACES.stream().anyMatch(Files::isExecutable);
    }

    /**
     * Starts a browser.
     *
     * @throws IOException if there is none, or it does not answer within {@value DevTools#LONGEST_SECONDS} s. The message quotes its log
     */
    public static Chromium start() throws IOException {
        Path program = PLACES.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IOException("none of " + PLACES + " is there"));
        Path home = Files.createTempDirectory("strandline-chromium");
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", PIPED, program.toString()));
        command.addAll(FLAGS);
        command.add("--user-data-dir=" + home.resolve("profile"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectError(home.resolve("log").toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("XDG_"));
        Chromium browser = new Chromium(home, builder.start());
        Runtime.getRuntime().addShutdownHook(browser.atExit);
        try {
            browser.devTools.call(null, "Browser.getVersion", new JsonObject());
            return browser;
        } catch (IOException e) {
            String log = Files.readString(home.resolve("log"));
            browser.close();
            throw new IOException(
                    program + " does not answer: " + log.substring(Math.max(0, log.length() - QUOTED_CHARACTERS)), e);
        }
    }

    /**
     * Opens a page, with cookies and a cache of its own.
     *
     * @throws IOException if its server cannot be reached, or its document does not come within {@value DevTools#LONGEST_SECONDS} s
     */
    public ChromiumPage open(String url) throws IOException {
        return ChromiumPage.open(devTools, url);
    }

    /** Ends it with all its pages, and removes its files. */
    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        end();
    }

    private void end() {
        List<ProcessHandle> family = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        family.forEach(ProcessHandle::destroyForcibly);
        try {
            CompletableFuture.allOf(family.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
                    .get(LONGEST_END_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // Its files are removed all the same.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(home)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // They are in the directory of temporary files.
        }
    }
}
