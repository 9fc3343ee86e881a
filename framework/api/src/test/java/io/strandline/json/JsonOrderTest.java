package io.strandline.json;

import static io.strandline.json.JsonTexts.comesBack;
import static io.strandline.json.JsonTexts.json;
import static io.strandline.json.JsonTexts.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.json.JsonRoundTripTest.Card;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Equal events are the same bytes, whatever the order in which their sets and maps iterate. */
class JsonOrderTest {

    enum Color {
        RED,
        GREEN,
        BLUE
    }

    record Bag(
            Set<String> texts,
            Map<Long, Integer> map,
            Set<Color> colors,
            Set<Card> cards,
            Map<UUID, Set<Set<Long>>> more) {}

    static Bag bag(int seed) {
        Set<String> texts = new LinkedHashSet<>(shuffled(List.of("a", "b", "c", "d"), seed));
        Map<Long, Integer> map = new LinkedHashMap<>();
        shuffled(List.of(1L, 2L, 10L, 20L), seed).forEach(key -> map.put(key, 1));
        Set<Color> colors = new LinkedHashSet<>(shuffled(List.of(Color.values()), seed));
        Set<Card> cards = new LinkedHashSet<>(shuffled(List.of(new Card("1"), new Card("2"), new Card("3")), seed));
        Set<Set<Long>> sets = new LinkedHashSet<>(
                shuffled(List.of(Set.of(1L, 2L, 3L), new HashSet<>(Arrays.asList(4L, null)), Set.of()), seed));
        return new Bag(texts, map, colors, cards, Map.of(new UUID(1, 1), sets, new UUID(2, 2), Set.of()));
    }

    private static <T> List<T> shuffled(List<T> list, int seed) {
        List<T> copy = new ArrayList<>(list);
        Collections.shuffle(copy, new java.util.Random(seed));
        return copy;
    }

    @Test
    void equal_events_are_the_same_bytes_whatever_the_order_of_their_iteration() throws IOException {
        JsonCodec<Bag> codec = JsonCodec.of("e", 1, Bag.class);
        String json = json(codec, bag(0));
        for (int seed = 1; seed < 20; seed++) {
            assertThat(json(codec, bag(seed))).isEqualTo(json);
        }
        Bag sorted = bag(0);
        Map<Long, Integer> descending = new TreeMap<>(Comparator.reverseOrder());
        descending.putAll(sorted.map);
        Set<String> backwards = new TreeSet<>(Comparator.reverseOrder());
        backwards.addAll(sorted.texts);
        assertThat(json(codec, new Bag(backwards, descending, sorted.colors, sorted.cards, sorted.more)))
                .isEqualTo(json);
        assertThat(read(codec, 1, json)).isEqualTo(bag(0));
    }

    record Prices(Map<BigDecimal, String> prices) {}

    @Test
    void keys_that_compare_as_equal_are_all_written() throws IOException {
        comesBack(Prices.class, new Prices(Map.of(new BigDecimal("1.0"), "a", new BigDecimal("1.00"), "b")));
    }

    record Unordered(int b, int a) {}

    @Test
    void properties_are_sorted() throws IOException {
        assertThat(json(JsonCodec.of("e", 1, Unordered.class), new Unordered(1, 2)))
                .isEqualTo("{\"a\":2,\"b\":1}");
    }
}
