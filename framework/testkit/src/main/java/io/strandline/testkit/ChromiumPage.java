package io.strandline.testkit;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A page in a {@link Chromium}. It shares no cookies and no cache with others. Every method blocks. Any thread may call, one at a time. */
public final class ChromiumPage implements AutoCloseable {

    private final DevTools devTools;
    private final String profile;
    private final String session;

    private ChromiumPage(DevTools devTools, String profile, String session) {
        this.devTools = devTools;
        this.profile = profile;
        this.session = session;
    }

    static ChromiumPage open(DevTools devTools, String url) throws IOException {
        String profile = devTools.call(null, "Target.createBrowserContext", new JsonObject())
                .getString("browserContextId");
        JsonObject empty = new JsonObject().put("url", "about:blank").put("browserContextId", profile);
        String target = devTools.call(null, "Target.createTarget", empty).getString("targetId");
        JsonObject flat = new JsonObject().put("targetId", target).put("flatten", true);
        String session = devTools.call(null, "Target.attachToTarget", flat).getString("sessionId");
        ChromiumPage page = new ChromiumPage(devTools, profile, session);
        page.navigate(url);
        return page;
    }

    private void navigate(String url) throws IOException {
        devTools.call(session, "Page.enable", new JsonObject());
        devTools.call(session, "Page.setLifecycleEventsEnabled", new JsonObject().put("enabled", true));
        JsonObject navigation = devTools.call(session, "Page.navigate", new JsonObject().put("url", url));
        if (navigation.containsKey("errorText")) {
            throw new IOException(url + ": " + navigation.getString("errorText"));
        }
        devTools.awaitParsed(navigation.getString("loaderId"));
    }

    /**
     * Runs an expression in the page.
     *
     * @return its value as JSON has it, that of its promise if it is one
     * @throws IOException if it throws, or its promise does not end within {@value DevTools#LONGEST_SECONDS} s
     */
    public @Nullable Object evaluate(String expression) throws IOException {
        JsonObject asked = new JsonObject()
                .put("expression", expression)
                .put("awaitPromise", true)
                .put("returnByValue", true);
        JsonObject answer = devTools.call(session, "Runtime.evaluate", asked);
        if (answer.containsKey("exceptionDetails")) {
            throw new IOException(expression + ": " + answer.getJsonObject("exceptionDetails"));
        }
        return answer.getJsonObject("result").getValue("value");
    }

    /**
     * Waits until a condition holds. It is looked at whenever the document changes.
     *
     * @throws IOException if it does not hold within {@value DevTools#LONGEST_SECONDS} s. The message quotes the text of the page
     */
    public void until(String condition) throws IOException {
        String promise = """
                new Promise(resolve => {
                  const look = () => {
                    if (%s) {
                      changes.disconnect();
                      resolve(true);
                    }
                  };
                  const changes = new MutationObserver(look);
                  changes.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
                  look();
                })""".formatted(condition);
        try {
            evaluate(promise);
        } catch (IOException e) {
            throw new IOException(condition + ", but the page shows: " + evaluate("document.body.innerText"), e);
        }
    }

    /** The texts of the elements that a CSS selector finds, in the order of the document. */
    public List<String> texts(String selector) throws IOException {
        Object texts = evaluate(
                "[...document.querySelectorAll(" + Json.encode(selector) + ")].map(element => element.textContent)");
        return texts instanceof JsonArray array
                ? array.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** Closes the page. */
    @Override
    public void close() throws IOException {
        devTools.call(null, "Target.disposeBrowserContext", new JsonObject().put("browserContextId", profile));
    }
}
