package io.strandline.testkit;

import io.strandline.EventCodec;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What scenarios have in common: values that are stored and read on their way, and lists that are compared. */
final class Stored {

    private Stored() {}

    /**
     * The value as a codec reads it back.
     *
     * @param owner whose codec it is
     * @throws AssertionError if it comes back different
     */
    static <T> T andRead(Object owner, EventCodec<T> codec, T value) {
        T stored;
        try {
            byte[] encoded = BytesOutput.of(codec, value);
            stored = codec.decode(codec.typeOf(value), encoded, 0, encoded.length);
        } catch (IOException e) {
            throw new AssertionError(owner + " cannot store " + value, e);
        }
        if (!Objects.equals(value, stored)) {
            throw new AssertionError(owner + " stores " + value + ", and reads it as " + stored);
        }
        return stored;
    }

    /** One line for each element that is as expected, and two for each that is not. */
    static String difference(List<?> expected, List<?> actual) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            String wanted = i < expected.size() ? expected.get(i).toString() : "nothing";
            String was = i < actual.size() ? actual.get(i).toString() : "nothing";
            boolean same =
                    i < expected.size() && i < actual.size() && expected.get(i).equals(actual.get(i));
            lines.add((i + 1) + (same ? " as expected " : " expected    ") + wanted);
            if (!same) {
                lines.add((i + 1) + " but was     " + was);
            }
        }
        return String.join("\n", lines);
    }
}
