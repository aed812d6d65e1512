using System.Collections.Frozen;
using static Entitlements.Engine.Packages.CapabilityRisk;

namespace Entitlements.Engine.Packages;

/// <summary>The capabilities that we have words for. Risk: high listens, watches, follows, reads or takes over (microphone, calls, call log, SMS, location, contacts, accessibility, device admin and their like).</summary>
internal static class CapabilityTable
{
    private const string Android = "android.permission.";

    public static FrozenDictionary<string, Capability> Known { get; } =
        new Capability[]
        {
            new($"{Android}RECORD_AUDIO", High, "Can listen through the microphone", "Gall wrando drwy'r meicroffon"),
            new(
                $"{Android}CAPTURE_AUDIO_OUTPUT",
                High,
                "Can record what the phone plays, calls included",
                "Gall recordio'r hyn mae'r ffôn yn ei chwarae, gan gynnwys galwadau"
            ),
            new(
                $"{Android}FOREGROUND_SERVICE_MICROPHONE",
                High,
                "Can go on listening while another app is in use",
                "Gall ddal i wrando tra bo ap arall yn cael ei ddefnyddio"
            ),
            new($"{Android}CAMERA", High, "Can take pictures and film", "Gall dynnu lluniau a ffilmio"),
            new(
                $"{Android}FOREGROUND_SERVICE_CAMERA",
                High,
                "Can go on filming while another app is in use",
                "Gall ddal i ffilmio tra bo ap arall yn cael ei ddefnyddio"
            ),
            new(
                $"{Android}READ_PHONE_STATE",
                High,
                "Can see calls as they happen, and which phone this is",
                "Gall weld galwadau wrth iddynt ddigwydd, a pha ffôn yw hwn"
            ),
            new($"{Android}READ_PHONE_NUMBERS", High, "Can see this phone's numbers", "Gall weld rhifau'r ffôn hwn"),
            new($"{Android}PROCESS_OUTGOING_CALLS", High, "Can see and redirect calls that are made", "Gall weld ac ailgyfeirio galwadau a wneir"),
            new($"{Android}ANSWER_PHONE_CALLS", High, "Can answer and end calls", "Gall ateb a gorffen galwadau"),
            new($"{Android}CALL_PHONE", High, "Can make calls by itself", "Gall wneud galwadau ar ei ben ei hun"),
            new(
                $"{Android}MANAGE_OWN_CALLS",
                Medium,
                "Can make calls of its own kind, over the internet for instance",
                "Gall wneud galwadau o'i fath ei hun, dros y rhyngrwyd er enghraifft"
            ),
            new($"{Android}READ_CALL_LOG", High, "Can read whom this phone called, and who called", "Gall ddarllen pwy y galwodd y ffôn hwn, a phwy a alwodd"),
            new($"{Android}WRITE_CALL_LOG", High, "Can alter the list of calls", "Gall newid y rhestr galwadau"),
            new($"{Android}ADD_VOICEMAIL", Medium, "Can put messages into the voicemail", "Gall roi negeseuon yn y neges llais"),
            new($"{Android}USE_SIP", Medium, "Can make calls over the internet", "Gall wneud galwadau dros y rhyngrwyd"),
            new($"{Android}READ_SMS", High, "Can read text messages", "Gall ddarllen negeseuon testun"),
            new($"{Android}RECEIVE_SMS", High, "Can read text messages as they arrive", "Gall ddarllen negeseuon testun wrth iddynt gyrraedd"),
            new($"{Android}SEND_SMS", High, "Can send text messages", "Gall anfon negeseuon testun"),
            new($"{Android}RECEIVE_MMS", High, "Can read picture messages as they arrive", "Gall ddarllen negeseuon llun wrth iddynt gyrraedd"),
            new($"{Android}RECEIVE_WAP_PUSH", High, "Can read service messages as they arrive", "Gall ddarllen negeseuon gwasanaeth wrth iddynt gyrraedd"),
            new($"{Android}ACCESS_FINE_LOCATION", High, "Can see exactly where the phone is", "Gall weld yn union ble mae'r ffôn"),
            new($"{Android}ACCESS_COARSE_LOCATION", High, "Can see roughly where the phone is", "Gall weld yn fras ble mae'r ffôn"),
            new($"{Android}ACCESS_BACKGROUND_LOCATION", High, "Can follow where the phone is at all times", "Gall ddilyn ble mae'r ffôn bob amser"),
            new(
                $"{Android}FOREGROUND_SERVICE_LOCATION",
                High,
                "Can go on following while another app is in use",
                "Gall ddal i ddilyn tra bo ap arall yn cael ei ddefnyddio"
            ),
            new($"{Android}ACCESS_MEDIA_LOCATION", High, "Can see where pictures were taken", "Gall weld ble y tynnwyd lluniau"),
            new($"{Android}READ_CONTACTS", High, "Can read the contacts", "Gall ddarllen y cysylltiadau"),
            new($"{Android}WRITE_CONTACTS", High, "Can alter the contacts", "Gall newid y cysylltiadau"),
            new($"{Android}GET_ACCOUNTS", High, "Can see which accounts are on the phone", "Gall weld pa gyfrifon sydd ar y ffôn"),
            new($"{Android}READ_CALENDAR", High, "Can read the calendar", "Gall ddarllen y calendr"),
            new($"{Android}WRITE_CALENDAR", Medium, "Can alter the calendar", "Gall newid y calendr"),
            new($"{Android}READ_EXTERNAL_STORAGE", Medium, "Can read files that are shared on the phone", "Gall ddarllen ffeiliau a rennir ar y ffôn"),
            new($"{Android}WRITE_EXTERNAL_STORAGE", Medium, "Can alter files that are shared on the phone", "Gall newid ffeiliau a rennir ar y ffôn"),
            new(
                $"{Android}MANAGE_EXTERNAL_STORAGE",
                High,
                "Can read and alter every shared file on the phone",
                "Gall ddarllen a newid pob ffeil a rennir ar y ffôn"
            ),
            new($"{Android}READ_MEDIA_IMAGES", Medium, "Can see pictures on the phone", "Gall weld lluniau ar y ffôn"),
            new($"{Android}READ_MEDIA_VIDEO", Medium, "Can see films on the phone", "Gall weld fideos ar y ffôn"),
            new($"{Android}READ_MEDIA_AUDIO", Medium, "Can hear recordings on the phone", "Gall glywed recordiadau ar y ffôn"),
            new($"{Android}BODY_SENSORS", High, "Can read body sensors, the heart rate for instance", "Gall ddarllen synwyryddion y corff, fel curiad y galon"),
            new(
                $"{Android}ACTIVITY_RECOGNITION",
                Medium,
                "Can tell whether its holder walks, runs or drives",
                "Gall ddweud a yw'r deiliad yn cerdded, yn rhedeg neu'n gyrru"
            ),
            new(
                $"{Android}BIND_ACCESSIBILITY_SERVICE",
                High,
                "Can read the screen and act in place of the person",
                "Gall ddarllen y sgrin a gweithredu yn lle'r person"
            ),
            new(
                $"{Android}BIND_DEVICE_ADMIN",
                High,
                "Can take over the phone: lock it, wipe it, set its rules",
                "Gall gymryd y ffôn drosodd: ei gloi, ei ddileu, gosod ei reolau"
            ),
            new($"{Android}BIND_NOTIFICATION_LISTENER_SERVICE", High, "Can read every notification of every app", "Gall ddarllen pob hysbysiad o bob ap"),
            new($"{Android}BIND_INPUT_METHOD", High, "Is a keyboard: can read all that is typed", "Mae'n fysellfwrdd: gall ddarllen popeth a deipir"),
            new($"{Android}BIND_VPN_SERVICE", High, "Can see and redirect what the phone sends", "Gall weld ac ailgyfeirio'r hyn mae'r ffôn yn ei anfon"),
            new($"{Android}BIND_CALL_REDIRECTION_SERVICE", High, "Can redirect calls", "Gall ailgyfeirio galwadau"),
            new($"{Android}BIND_SCREENING_SERVICE", High, "Can see who calls, and refuse calls", "Gall weld pwy sy'n galw, a gwrthod galwadau"),
            new($"{Android}BIND_INCALL_SERVICE", High, "Can see and handle calls as they happen", "Gall weld a thrin galwadau wrth iddynt ddigwydd"),
            new($"{Android}SYSTEM_ALERT_WINDOW", High, "Can draw over other apps", "Gall dynnu dros apiau eraill"),
            new($"{Android}PACKAGE_USAGE_STATS", High, "Can see which apps are used, and when", "Gall weld pa apiau a ddefnyddir, a phryd"),
            new($"{Android}QUERY_ALL_PACKAGES", Medium, "Can see which apps are on the phone", "Gall weld pa apiau sydd ar y ffôn"),
            new($"{Android}REQUEST_INSTALL_PACKAGES", High, "Can ask to install other apps", "Gall ofyn am osod apiau eraill"),
            new($"{Android}WRITE_SECURE_SETTINGS", High, "Can alter the phone's protected settings", "Gall newid gosodiadau gwarchodedig y ffôn"),
            new($"{Android}WRITE_SETTINGS", Medium, "Can alter the phone's settings", "Gall newid gosodiadau'r ffôn"),
            new($"{Android}BLUETOOTH_SCAN", Medium, "Can look for Bluetooth devices nearby", "Gall chwilio am ddyfeisiau Bluetooth gerllaw"),
            new($"{Android}BLUETOOTH_CONNECT", Medium, "Can use paired Bluetooth devices", "Gall ddefnyddio dyfeisiau Bluetooth wedi'u paru"),
            new($"{Android}NEARBY_WIFI_DEVICES", Medium, "Can look for Wi-Fi devices nearby", "Gall chwilio am ddyfeisiau Wi-Fi gerllaw"),
            new($"{Android}NFC", Low, "Can use near-field communication", "Gall ddefnyddio cyfathrebu maes agos"),
            new($"{Android}USE_BIOMETRIC", Low, "Can ask for a fingerprint or face", "Gall ofyn am olion bysedd neu wyneb"),
            new($"{Android}USE_FINGERPRINT", Low, "Can ask for a fingerprint", "Gall ofyn am olion bysedd"),
            new($"{Android}INTERNET", Low, "Can use the internet", "Gall ddefnyddio'r rhyngrwyd"),
            new($"{Android}ACCESS_NETWORK_STATE", Low, "Can see whether there is a network", "Gall weld a oes rhwydwaith"),
            new($"{Android}ACCESS_WIFI_STATE", Low, "Can see which Wi-Fi is used", "Gall weld pa Wi-Fi a ddefnyddir"),
            new($"{Android}CHANGE_WIFI_STATE", Low, "Can turn Wi-Fi on and off", "Gall droi Wi-Fi ymlaen ac i ffwrdd"),
            new($"{Android}VIBRATE", Low, "Can vibrate", "Gall ddirgrynu"),
            new($"{Android}WAKE_LOCK", Low, "Can keep the phone awake", "Gall gadw'r ffôn yn effro"),
            new(
                $"{Android}FOREGROUND_SERVICE",
                Low,
                "Can go on working while another app is in use",
                "Gall ddal i weithio tra bo ap arall yn cael ei ddefnyddio"
            ),
            new($"{Android}RECEIVE_BOOT_COMPLETED", Low, "Starts with the phone", "Mae'n cychwyn gyda'r ffôn"),
            new($"{Android}POST_NOTIFICATIONS", Low, "Can show notifications", "Gall ddangos hysbysiadau"),
            new("NSMicrophoneUsageDescription", High, "Can listen through the microphone", "Gall wrando drwy'r meicroffon"),
            new("NSCameraUsageDescription", High, "Can take pictures and film", "Gall dynnu lluniau a ffilmio"),
            new("NSSpeechRecognitionUsageDescription", High, "Can turn speech into text", "Gall droi lleferydd yn destun"),
            new("NSLocationWhenInUseUsageDescription", High, "Can see where the phone is while in use", "Gall weld ble mae'r ffôn tra'n cael ei ddefnyddio"),
            new("NSLocationAlwaysAndWhenInUseUsageDescription", High, "Can follow where the phone is at all times", "Gall ddilyn ble mae'r ffôn bob amser"),
            new("NSLocationAlwaysUsageDescription", High, "Can follow where the phone is at all times", "Gall ddilyn ble mae'r ffôn bob amser"),
            new("NSContactsUsageDescription", High, "Can read the contacts", "Gall ddarllen y cysylltiadau"),
            new("NSCalendarsUsageDescription", High, "Can read the calendar", "Gall ddarllen y calendr"),
            new("NSCalendarsFullAccessUsageDescription", High, "Can read the calendar", "Gall ddarllen y calendr"),
            new("NSHealthShareUsageDescription", High, "Can read health data", "Gall ddarllen data iechyd"),
            new("NSPhotoLibraryUsageDescription", Medium, "Can see pictures on the phone", "Gall weld lluniau ar y ffôn"),
            new("NSPhotoLibraryAddUsageDescription", Low, "Can add pictures to the phone", "Gall ychwanegu lluniau at y ffôn"),
            new("NSBluetoothAlwaysUsageDescription", Medium, "Can use Bluetooth devices nearby", "Gall ddefnyddio dyfeisiau Bluetooth gerllaw"),
            new(
                "NSMotionUsageDescription",
                Medium,
                "Can tell whether its holder walks, runs or drives",
                "Gall ddweud a yw'r deiliad yn cerdded, yn rhedeg neu'n gyrru"
            ),
            new("NSFaceIDUsageDescription", Low, "Can ask for the face", "Gall ofyn am yr wyneb"),
            new("NSLocalNetworkUsageDescription", Low, "Can use devices on the same network", "Gall ddefnyddio dyfeisiau ar yr un rhwydwaith"),
            new("NSUserTrackingUsageDescription", Medium, "Asks to follow its holder across apps", "Mae'n gofyn am ddilyn y deiliad ar draws apiau"),
            new(
                "UIBackgroundModes:audio",
                High,
                "Can go on listening or playing while another app is in use",
                "Gall ddal i wrando neu chwarae tra bo ap arall yn cael ei ddefnyddio"
            ),
            new("UIBackgroundModes:voip", High, "Can go on calling while another app is in use", "Gall ddal i alw tra bo ap arall yn cael ei ddefnyddio"),
            new(
                "UIBackgroundModes:location",
                High,
                "Can go on following while another app is in use",
                "Gall ddal i ddilyn tra bo ap arall yn cael ei ddefnyddio"
            ),
            new("UIBackgroundModes:fetch", Low, "Can fetch data while another app is in use", "Gall nôl data tra bo ap arall yn cael ei ddefnyddio"),
            new("UIBackgroundModes:remote-notification", Low, "Can be woken by a message", "Gellir ei ddeffro gan neges"),
        }.ToFrozenDictionary(c => c.Name, StringComparer.Ordinal);
}
