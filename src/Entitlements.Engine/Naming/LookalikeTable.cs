using System.Collections.Frozen;

namespace Entitlements.Engine.Naming;

/// <summary>
/// The Latin letter or digit that a character looks like. Kept here because the product runs without culture data (InvariantGlobalization), where
/// <see cref="string.Normalize()"/> changes nothing. Sources: Unicode 15 compatibility decompositions, and the Cyrillic and Greek part of UTS #39 confusables.
/// </summary>
internal static class LookalikeTable
{
    /// <summary>U+00C0 to U+024F by position; <c>~</c> where no one letter looks like it.</summary>
    private const string Latin =
        "aaaaaa~ceeeeiiiidnooooo~ouuuuyp~aaaaaa~ceeeeiiiidnooooo~ouuuuypyaaaaaaccccccccddddeeeeeeeeeegggggggg"
        + "hhhhiiiiiiiiii~~jjkkkllllll~~llnnnnnn~nnoooooo~~rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzsb~~~~~~~"
        + "~~~~~~~e~~~~~~~i~~l~~~~~oo~~~~~~~~~~~~~uu~~~~zz~~~~~~~~~~~~~~~~~~~~~~aaiioouuuuuuuuuueaaaa~~~~ggkkoo"
        + "oo~~j~~~gg~~nnaa~~~~aaaaeeeeiiiioooorrrruuuusstt~~hh~~~~~~aaeeooooooooyy~~~~~~acclt~~~~bu~eejj~~rryy";

    /// <summary>U+1E00 to U+1EFF by position.</summary>
    private const string LatinAdditional =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
        + "wwwwwwwwwwxxxxyyzzzzzzhtwy~s~~~~aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy~~~~~~";

    private static readonly FrozenDictionary<int, string> Single = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["0"] = "\u2070\u2080\u24EA",
        ["1"] = "\u00B9\u2081\u2460",
        ["10"] = "\u2469",
        ["11"] = "\u246A",
        ["12"] = "\u246B",
        ["13"] = "\u246C",
        ["14"] = "\u246D",
        ["15"] = "\u246E",
        ["16"] = "\u246F",
        ["17"] = "\u2470",
        ["18"] = "\u2471",
        ["19"] = "\u2472",
        ["2"] = "\u00B2\u2082\u2461",
        ["20"] = "\u2473",
        ["3"] = "\u00B3\u2083\u2462\u0417\u0437",
        ["4"] = "\u2074\u2084\u2463\u0427\u0447",
        ["5"] = "\u2075\u2085\u2464",
        ["6"] = "\u2076\u2086\u2465\u0431",
        ["7"] = "\u2077\u2087\u2466",
        ["8"] = "\u2078\u2088\u2467",
        ["9"] = "\u2079\u2089\u2468",
        ["a"] = "\u00AA\u0251\u1D2C\u1D43\u2090\u212B\u0410\u0430\u0391\u03B1",
        ["ae"] = "\u00C6\u00E6",
        ["b"] = "\u1D2E\u1D47\u212C\u0412\u0432\u042C\u044C\u0392\u03B2",
        ["c"] = "\u1D04\u1D9C\u2102\u212D\u216D\u217D\u0421\u0441\u03F9\u03F2",
        ["d"] = "\u1D30\u1D48\u2145\u2146\u216E\u217E\u0501",
        ["dz"] = "\u01C4\u01C5\u01C6\u01F1\u01F2\u01F3",
        ["e"] = "\u1D31\u1D49\u2091\u212F\u2130\u2147\u0415\u0435\u0401\u0451\u0395\u03B5",
        ["f"] = "\u1DA0\u2131",
        ["fax"] = "\u213B",
        ["ff"] = "\uFB00",
        ["ffi"] = "\uFB03",
        ["ffl"] = "\uFB04",
        ["fi"] = "\uFB01",
        ["fl"] = "\uFB02",
        ["g"] = "\u0261\u1D33\u1D4D\u210A\u050D",
        ["h"] = "\u02B0\u1D34\u2095\u210B\u210C\u210D\u210E\u041D\u043D\u04BA\u04BB\u0397",
        ["i"] = "\u0268\u026A\u1D35\u1D62\u2071\u2110\u2111\u2139\u2148\u2160\u2170\u0406\u0456\u0407\u0457\u04C0\u04CF\u0399\u03B9",
        ["ii"] = "\u2161\u2171",
        ["iii"] = "\u2162\u2172",
        ["ij"] = "\u0132\u0133",
        ["iv"] = "\u2163\u2173",
        ["ix"] = "\u2168\u2178",
        ["j"] = "\u02B2\u1D36\u2149\u2C7C\u0408\u0458\u03F3",
        ["k"] = "\u1D37\u1D4F\u2096\u212A\u041A\u043A\u039A\u03BA",
        ["l"] = "\u02E1\u1D38\u2097\u2112\u2113\u216C\u217C\u007C\u01C0\u2223",
        ["lj"] = "\u01C7\u01C8\u01C9",
        ["m"] = "\u1D39\u1D50\u2098\u2133\u216F\u217F\u041C\u043C\u039C",
        ["n"] = "\u0274\u1D3A\u207F\u2099\u2115\u039D\u03B7",
        ["nj"] = "\u01CA\u01CB\u01CC",
        ["no"] = "\u2116",
        ["o"] = "\u00BA\u1D0F\u1D3C\u1D52\u2092\u2134\u041E\u043E\u039F\u03BF\u03C3",
        ["oe"] = "\u0152\u0153",
        ["p"] = "\u1D3E\u1D56\u209A\u2119\u0420\u0440\u03A1\u03C1",
        ["q"] = "\u211A\u051A\u051B",
        ["r"] = "\u02B3\u1D3F\u1D63\u211B\u211C\u211D\u0433",
        ["rs"] = "\u20A8",
        ["s"] = "\u02E2\u209B\u0405\u0455",
        ["sm"] = "\u2120",
        ["ss"] = "\u00DF\u1E9E",
        ["st"] = "\uFB05\uFB06",
        ["t"] = "\u1D40\u1D57\u209C\u0422\u0442\u03A4\u03C4",
        ["tel"] = "\u2121",
        ["tm"] = "\u2122",
        ["u"] = "\u1D41\u1D58\u1D64\u03C5",
        ["v"] = "\u1D20\u1D5B\u1D65\u2164\u2174\u2C7D\u0474\u0475\u03BD",
        ["vi"] = "\u2165\u2175",
        ["vii"] = "\u2166\u2176",
        ["viii"] = "\u2167\u2177",
        ["w"] = "\u02B7\u1D21\u1D42\u051C\u051D\u03C9",
        ["x"] = "\u02E3\u2093\u2169\u2179\u0425\u0445\u03A7\u03C7",
        ["xi"] = "\u216A\u217A",
        ["xii"] = "\u216B\u217B",
        ["y"] = "\u028F\u02B8\u0423\u0443\u04AE\u04AF\u03A5\u03B3",
        ["z"] = "\u1D22\u1DBB\u2124\u2128\u0396",
    }
        .SelectMany(entry => entry.Value.Select(character => KeyValuePair.Create((int)character, entry.Key)))
        .ToFrozenDictionary();

    /// <summary>What <paramref name="codePoint"/> looks like, in lower case, or null when nothing in the table does.</summary>
    internal static string? LooksLike(int codePoint) =>
        codePoint switch
        {
            >= 0x00C0 and <= 0x024F when Latin[codePoint - 0x00C0] != '~' => Latin[codePoint - 0x00C0].ToString(),
            >= 0x1E00 and <= 0x1EFF when LatinAdditional[codePoint - 0x1E00] != '~' => LatinAdditional[codePoint - 0x1E00].ToString(),
            >= 0xFF01 and <= 0xFF5E => ((char)(codePoint - 0xFEE0)).ToString(), // full width
            >= 0x24B6 and <= 0x24E9 => Letter(codePoint - 0x24B6), // circled
            >= 0x249C and <= 0x24B5 => Letter(codePoint - 0x249C), // in parentheses
            >= 0x1D400 and <= 0x1D6A3 => Letter(codePoint - 0x1D400), // mathematical, thirteen alphabets in two cases
            >= 0x1D7CE and <= 0x1D7FF => ((char)('0' + ((codePoint - 0x1D7CE) % 10))).ToString(),
            >= 0x1F130 and <= 0x1F149 => Letter(codePoint - 0x1F130), // squared, three ways
            >= 0x1F150 and <= 0x1F169 => Letter(codePoint - 0x1F150),
            >= 0x1F170 and <= 0x1F189 => Letter(codePoint - 0x1F170),
            >= 0x1F1E6 and <= 0x1F1FF => Letter(codePoint - 0x1F1E6), // regional indicators
            _ => Single.GetValueOrDefault(codePoint),
        };

    private static string Letter(int position) => ((char)('a' + (position % 26))).ToString();
}
