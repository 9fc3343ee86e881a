package io.strandline.processing.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StreamName;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GroupLagTest {

    private static final StreamName ORDERS = StreamName.parse("shop/orders");
    private static final StreamName RETURNS = StreamName.parse("shop/returns");

    @Test
    void totalsAreSumsOfThePartitions() {
        SortedMap<StreamName, SortedMap<Long, Long>> partitions = new TreeMap<>();
        partitions.put(ORDERS, new TreeMap<>(Map.of(0L, 3L, 1L, 4L)));
        partitions.put(RETURNS, new TreeMap<>());
        GroupLag lag = new GroupLag(partitions);
        assertThat(lag.streams()).isEqualTo(new TreeMap<>(Map.of(ORDERS, 7L, RETURNS, 0L)));
        assertThat(lag.total()).isEqualTo(7);
        assertThat(new GroupLag(new TreeMap<>()).total()).isZero();
    }

    @Test
    void itIsAValue() {
        SortedMap<Long, Long> orders = new TreeMap<>(Map.of(0L, 3L));
        GroupLag lag = new GroupLag(new TreeMap<>(Map.of(ORDERS, orders)));
        orders.put(1L, 5L);
        assertThat(lag.total()).isEqualTo(3);
        assertThat(lag).isEqualTo(new GroupLag(new TreeMap<>(Map.of(ORDERS, new TreeMap<>(Map.of(0L, 3L))))));
        SortedMap<Long, Long> inside = lag.partitions().values().iterator().next();
        assertThatThrownBy(() -> inside.put(1L, 5L)).isInstanceOf(UnsupportedOperationException.class);
    }
}
