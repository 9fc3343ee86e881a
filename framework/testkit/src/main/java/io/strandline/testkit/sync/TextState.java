package io.strandline.testkit.sync;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.sync.StateModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A state for tests: the list of all texts ever added, so that a lost, doubled or misplaced update shows. */
public final class TextState {

    /** An update that its codec refuses. */
    public static final String UNENCODABLE = "unencodable";
    /** An update that cannot be applied. */
    public static final String UNFOLDABLE = "unfoldable";

    public static final EventCodec<String> TEXT = new Utf8<>("text", TextState::checked, text -> text);

    public static final EventCodec<List<String>> LINES = new Utf8<>(
            "lines",
            lines -> String.join("\n", lines),
            text -> text.isEmpty() ? List.of() : List.of(text.split("\n", -1)));

    public static final StateModel<List<String>, String> MODEL =
            new StateModel<>(List.of(), TextState::withAdded, LINES, TEXT);

    private TextState() {}

    private static String checked(String text) {
        if (text.equals(UNENCODABLE)) {
            throw new IllegalStateException("this text is never encoded");
        }
        return text;
    }

    private static List<String> withAdded(List<String> state, String update) {
        if (update.equals(UNFOLDABLE)) {
            throw new IllegalStateException("this text is never applied");
        }
        List<String> after = new ArrayList<>(state);
        after.add(update);
        return List.copyOf(after);
    }

    private static final class Utf8<E> implements EventCodec<E> {

        private final EventType type;
        private final Function<E, String> toText;
        private final Function<String, E> fromText;

        Utf8(String name, Function<E, String> toText, Function<String, E> fromText) {
            this.type = new EventType(name, 1);
            this.toText = toText;
            this.fromText = fromText;
        }

        @Override
        public EventType typeOf(E event) {
            return type;
        }

        @Override
        public void encode(E event, PayloadOutput out) throws IOException {
            out.write(toText.apply(event).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public E decode(EventType stored, byte[] bytes, int from, int length) {
            if (!stored.equals(type)) {
                throw new StrandlineException.Invalid("type " + stored + ", known is " + type);
            }
            return fromText.apply(new String(bytes, from, length, StandardCharsets.UTF_8));
        }
    }
}
