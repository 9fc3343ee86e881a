package io.strandline.testkit;

import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The DevTools protocol over two pipes, on which each message is JSON and a zero byte. Every method blocks. Any thread may call, one at a
 * time.
 */
final class DevTools {

    /** The machine may be busy with other builds: what takes milliseconds on one that is not. */
    static final long LONGEST_SECONDS = 60;

    private final OutputStream out;
    private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<JsonObject>> parsed = new ConcurrentHashMap<>();
    private volatile boolean hasEnded;
    private int calls;

    /** Reads answers on a thread of its own until the browser closes its pipe. */
    DevTools(InputStream in, OutputStream out) {
        this.out = out;
        Thread reading = new Thread(() -> read(in), "chromium-answers");
        reading.setDaemon(true);
        reading.start();
    }

    /**
     * Calls a method.
     *
     * @param session of a page, null for the browser
     * @throws IOException if the browser refuses it, has ended, or does not answer in time
     */
    JsonObject call(@Nullable String session, String method, JsonObject parameters) throws IOException {
        int id = ++calls;
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        answers.put(id, answer);
        JsonObject message =
                new JsonObject().put("id", id).put("method", method).put("params", parameters);
        if (session != null) {
            message.put("sessionId", session);
        }
        out.write((message.encode() + '\0').getBytes(StandardCharsets.UTF_8));
        out.flush();
        JsonObject said = await(answer, method);
        JsonObject error = said.getJsonObject("error");
        if (error != null) {
            throw new IOException(method + ": " + error.getString("message"));
        }
        return said.getJsonObject("result");
    }

    /** Waits until the document of a navigation was parsed and its scripts have begun. */
    void awaitParsed(String loaderId) throws IOException {
        await(parsed(loaderId), "the document");
    }

    private CompletableFuture<JsonObject> parsed(String loaderId) {
        return parsed.computeIfAbsent(loaderId, navigation -> new CompletableFuture<>());
    }

    private JsonObject await(CompletableFuture<JsonObject> awaited, String what) throws IOException {
        if (hasEnded) {
            throw new IOException("Chromium has ended");
        }
        try {
            return awaited.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(what + " did not come within " + LONGEST_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(what + " was interrupted", e);
        }
    }

    private void read(InputStream pipe) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try (InputStream in = new BufferedInputStream(pipe)) {
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                if (octet != 0) {
                    message.write(octet);
                } else {
                    take(new JsonObject(message.toString(StandardCharsets.UTF_8)));
                    message.reset();
                }
            }
        } catch (IOException e) {
            // As good as its end.
        }
        hasEnded = true;
        IOException ended = new IOException("Chromium has ended");
        answers.values().forEach(answer -> answer.completeExceptionally(ended));
        parsed.values().forEach(document -> document.completeExceptionally(ended));
    }

    private void take(JsonObject message) {
        Integer id = message.getInteger("id");
        if (id != null) {
            CompletableFuture<JsonObject> answer = answers.remove(id);
            if (answer != null) {
                answer.complete(message);
            }
        } else if (message.getString("method").equals("Page.lifecycleEvent")) {
            JsonObject event = message.getJsonObject("params");
            if (event.getString("name").equals("DOMContentLoaded")) {
                parsed(event.getString("loaderId")).complete(event);
            }
        }
    }
}
