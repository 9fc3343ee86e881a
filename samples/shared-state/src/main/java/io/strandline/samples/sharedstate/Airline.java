package io.strandline.samples.sharedstate;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Starts the offices, kills one and starts it again, and compares what they know at the end. */
final class Airline {

    private static final int OFFICES = Office.NAMES.size();
    private static final int REVISIONS_BETWEEN = 15;
    private static final long AWAY_MILLIS = 2_000;
    private static final long DEADLINE_SECONDS = 120;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Sightings sightings = new Sightings();
    private final List<OfficeProcess> processes = new ArrayList<>();
    private final Map<Integer, String> ends = new TreeMap<>();
    private int closed;
    private Path directory = Path.of("");
    private List<Integer> ports = List.of();

    /** Returns whether all offices ended with the same seat map. */
    boolean run(int killed) throws IOException, InterruptedException {
        directory = Files.createTempDirectory("strandline-seats-");
        ports = freePorts();
        try {
            for (int number = 0; number < OFFICES; number++) {
                processes.add(start(number));
            }
            System.out.println(Sightings.HEADER);
            until("three open offices", () -> sightings.areOpen(OFFICES));
            awaitRevisions();
            killAndRestart(killed);
            until("three open offices", () -> sightings.areOpen(OFFICES));
            awaitRevisions();
            return endEqual();
        } finally {
            processes.forEach(OfficeProcess::kill);
            delete(directory);
        }
    }

    private OfficeProcess start(int number) throws IOException {
        return OfficeProcess.start(new Office(number, directory.resolve("log"), ports), line -> hear(number, line));
    }

    private void hear(int office, String line) {
        lock.lock();
        try {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "at" -> sightings.begin(office, Long.parseLong(words[1]));
                case "saw" ->
                    sightings.see(
                            office,
                            Long.parseLong(words[1]),
                            Long.parseLong(words[2]),
                            new Booked(words[3], words[4], Long.parseLong(words[5])));
                case "closed" -> closed++;
                case "end" -> ends.put(office, line);
                default -> System.err.println(Office.NAMES.get(office) + ": " + line);
            }
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void killAndRestart(int killed) throws IOException, InterruptedException {
        processes.get(killed).kill();
        lock.lock();
        try {
            sightings.say("%s is killed", Office.NAMES.get(killed));
            sightings.close(killed);
        } finally {
            lock.unlock();
        }
        TimeUnit.MILLISECONDS.sleep(AWAY_MILLIS);
        processes.set(killed, start(killed));
    }

    private boolean endEqual() throws IOException, InterruptedException {
        for (OfficeProcess process : processes) {
            process.send("close");
        }
        until("three closed offices", () -> closed == OFFICES);
        for (OfficeProcess process : processes) {
            process.send("end");
        }
        until("three ends", () -> ends.size() == OFFICES);
        boolean equal = ends.values().stream().distinct().count() == 1;
        if (equal) {
            String[] words = ends.getOrDefault(0, "").split(" ", -1);
            System.out.println("All three ended with the same seat map, at revision " + words[1] + ":");
            for (int i = 0; i < SeatMap.LETTERS.length(); i++) {
                System.out.println("  " + SeatMap.LETTERS.charAt(i) + "  " + words[2 + i]);
            }
        } else {
            ends.forEach((office, end) -> System.out.println(Office.NAMES.get(office) + " differs: " + end));
        }
        return equal;
    }

    private void awaitRevisions() throws InterruptedException {
        long enough = newest() + REVISIONS_BETWEEN;
        until("revision " + enough, () -> sightings.newest() >= enough);
    }

    private long newest() {
        lock.lock();
        try {
            return sightings.newest();
        } finally {
            lock.unlock();
        }
    }

    private void until(String what, BooleanSupplier observed) throws InterruptedException {
        long left = TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        lock.lock();
        try {
            while (!observed.getAsBoolean()) {
                if (left <= 0) {
                    throw new IllegalStateException("no " + what + " within " + DEADLINE_SECONDS + " s");
                }
                left = news.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Below the ports that the system gives to connections. A connection to a member that is gone could be given that member's port for its own
     * end, and then reach itself, and Hazelcast would never miss the member.
     */
    private static List<Integer> freePorts() throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int port = 10_000 + ThreadLocalRandom.current().nextInt(20_000); ports.size() < OFFICES; port++) {
            if (port > 32_000) {
                throw new IOException("no ports are free");
            }
            try {
                sockets.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                ports.add(port);
            } catch (BindException taken) {
                // The next one may be free.
            }
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
